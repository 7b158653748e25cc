import { ConfiguredGateways } from '../gateways/gateway-directory.js';
import { StripeGateway } from '../gateways/stripe/stripe-gateway.js';
import { paymentStream } from '../payments/payment.stream.js';
import { Secret } from '../platform/secret.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import {
  PEER_SECRET_KEY,
  startStripePeer,
  type StripePeer,
} from '../testing/stripe-peer/stripe-peer.js';
import { recordFact } from './fact-recorder.js';
import { PaymentCallRunner } from './payment-call-runner.js';
import type { PaymentRequest } from './payment-calls.js';

const TIMEOUT_MS = 5_000;

let peer: StripePeer;
let stripe: StripeGateway;
beforeEach(async () => {
  peer = await startStripePeer();
  stripe = new StripeGateway({
    name: 'stripe',
    secretKey: new Secret(PEER_SECRET_KEY),
    webhookSecret: null,
    baseUrl: peer.url,
    features: {
      returnUrl: 'https://shop.example/return',
      multicapture: false,
      incrementalAuthorization: true,
    },
  });
});
afterEach(async () => {
  await stripe.close();
  await peer.close();
});

function opened() {
  const ports = { ...house([]).ports, gateways: new ConfiguredGateways([stripe]) };
  const runner = new PaymentCallRunner(ports);
  let number = 0;
  const run = async (request: PaymentRequest) =>
    paymentOf(await runner.execute(call(request, `k${number++}`)));
  const tellAll = async () => {
    const { facts } = await stripe.facts(null, TIMEOUT_MS);
    for (const fact of facts) await recordFact(ports, 'stripe', fact);
  };
  return { run, tellAll, ports };
}

function pay(token: string, captureMethod: 'automatic' | 'manual'): PaymentRequest {
  const card = { type: 'card', network: null, country: null, last4: null };
  return create({ paymentMethod: { ...card, token }, captureMethod });
}

describe('payments through Stripe', () => {
  it('are charged, and given back in part', async () => {
    const { run, tellAll, ports } = opened();
    const paid = await run(pay('pm_card_visa', 'automatic'));
    expect([paid.status, paid.payment]).toMatchObject([201, { status: 'CAPTURED' }]);
    const refund = { command: 'refund', amount: 1000n, reason: null } as const;
    expect((await run(refund)).payment).toMatchObject({ amount_refunded: 1000 });
    const before = await ports.store.readStream(paymentStream(PAYMENT_ID));
    await tellAll();
    // The feed tells what the answers told: it adds nothing.
    const after = await ports.store.readStream(paymentStream(PAYMENT_ID));
    expect(after.length).toBe(before.length);
    expect(peer.books.intents.size).toBe(1);
  });

  it('release what a capture leaves, where Stripe allows only one', async () => {
    const { run, tellAll } = opened();
    await run(pay('pm_card_visa', 'manual'));
    const captured = await run({ command: 'capture', amount: 900n, final: false });
    expect(captured.payment).toMatchObject({ status: 'CAPTURED', amount_captured: 900 });
    await tellAll();
  });

  it('wait for the customer, whose act the feed tells', async () => {
    const { run, tellAll } = opened();
    const waiting = await run(pay('pm_card_authenticationRequired', 'automatic'));
    expect([waiting.status, waiting.payment]).toMatchObject([202, { status: 'REQUIRES_ACTION' }]);
    for (const id of peer.books.intents.keys()) peer.books.authenticate(id, 'success');
    await tellAll();
    const confirmed = await run({ command: 'confirm' });
    expect(confirmed.payment).toMatchObject({ status: 'CAPTURED', amount_captured: 2500 });
  });

  it('fail with our code of its reason', async () => {
    const { run } = opened();
    const failed = await run(pay('pm_card_visa_chargeDeclinedLostCard', 'automatic'));
    expect(failed.payment).toMatchObject({ status: 'FAILED', failure: { code: 'lost_card' } });
  });

  it('are cancelled, and never captured after that', async () => {
    const { run, tellAll } = opened();
    await run(pay('pm_card_visa', 'manual'));
    const cancelled = await run({ command: 'cancel', reason: null });
    expect(cancelled.payment).toMatchObject({ status: 'CANCELLED' });
    await tellAll();
    const [intent] = peer.books.intents.values();
    expect(intent?.status).toBe('canceled');
  });
});
