import { Secret } from '../../platform/secret.js';
import { approved, charge, on, voidOf } from '../gateway-calls.contract.js';
import type { GatewayCall } from '../payment-gateway.js';
import { STRIPE_URL, StripeGateway } from './stripe-gateway.js';

const TIMEOUT_MS = 20_000;
const TEST_TIMEOUT_MS = 60_000;

// reason: a key of somebody's own account at Stripe is given to this spec alone, and to no process of ours
const key = process.env['STRIPE_TEST_KEY'] ?? '';
const isTestKey = /^[sr]k_test_/.test(key);
const describeAtStripe = isTestKey ? describe : describe.skip;
const title = isTestKey
  ? "Stripe's test mode"
  : "Stripe's test mode (skipped: STRIPE_TEST_KEY holds no key of it)";

describeAtStripe(title, () => {
  let gateway: StripeGateway;
  beforeAll(() => {
    gateway = new StripeGateway({
      name: 'stripe',
      secretKey: new Secret(key),
      webhookSecret: null,
      baseUrl: STRIPE_URL,
      features: {
        returnUrl: 'https://shop.example/return',
        multicapture: false,
        incrementalAuthorization: false,
      },
    });
  });
  afterAll(() => gateway.close());
  const send = (call: GatewayCall) => gateway.send(call, TIMEOUT_MS);
  const ask = (call: GatewayCall) => gateway.ask(call, TIMEOUT_MS);

  it(
    'charges, answers alike under the same key, and gives back',
    async () => {
      const call = charge('purchase', 'pm_card_visa');
      const first = approved(await send(call));
      expect(first.amount).toBe(2500n);
      expect(approved(await send(call)).reference).toBe(first.reference);
      expect(approved(await ask(call)).reference).toBe(first.reference);
      expect(await send({ ...call, amount: 2501n })).toMatchObject({ outcome: 'unknown' });
      const refund = { ...on(call, first.reference, { operation: 'refund' }), amount: 1000n };
      expect(approved(await send(refund)).amount).toBe(1000n);
      expect(approved(await ask(refund)).amount).toBe(1000n);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'authorizes, captures a part and releases the rest; voids another',
    async () => {
      const call = charge('authorize', 'pm_card_visa');
      const { reference, expiresAt } = approved(await send(call));
      expect(Date.parse(expiresAt ?? '')).toBeGreaterThan(Date.now());
      const capture = {
        ...on(call, reference, { operation: 'capture', final: true }),
        amount: 900n,
      };
      expect(approved(await send(capture)).amount).toBe(900n);
      expect(approved(await ask(capture)).amount).toBe(900n);
      const again = { ...capture, key: crypto.randomUUID() };
      expect(await send(again)).toMatchObject({ outcome: 'declined', authorizationGone: true });
      const other = charge('authorize', 'pm_card_visa');
      const released = voidOf(other, approved(await send(other)).reference);
      expect(approved(await send(released)).amount).toBe(2500n);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'knows a decline, an action and its events',
    async () => {
      const declined = charge('purchase', 'pm_card_visa_chargeDeclinedInsufficientFunds');
      expect(await send(declined)).toMatchObject({ code: 'insufficient_funds' });
      const action = charge('purchase', 'pm_card_threeDSecure2Required');
      expect(await send(action)).toMatchObject({ outcome: 'requires_action' });
      expect(await gateway.probe(TIMEOUT_MS)).toBe(true);
      await gateway.facts(null, TIMEOUT_MS);
    },
    TEST_TIMEOUT_MS,
  );
});
