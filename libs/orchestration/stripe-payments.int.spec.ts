import { createHmac } from 'node:crypto';
import { ConfiguredGateways } from '../gateways/gateway-directory.js';
import { StripeGateway } from '../gateways/stripe/stripe-gateway.js';
import { paymentStream } from '../payments/payment.stream.js';
import { Secret } from '../platform/secret.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { card } from '../testing/plain-create.js';
import {
  PEER_SECRET_KEY,
  startStripePeer,
  type StripePeer,
} from '../testing/stripe-peer/stripe-peer.js';
import { recordFact } from './fact-recorder.js';
import { PaymentCallRunner } from './payment-call-runner.js';
import type { PaymentRequest } from './payment-calls.js';

const TIMEOUT_MS = 5_000;
const WEBHOOK_SECRET = 'whsec_0123456789abcdef';

let peer: StripePeer;
let stripe: StripeGateway;
beforeEach(async () => {
  peer = await startStripePeer();
  stripe = new StripeGateway({
    name: 'stripe',
    secretKey: new Secret(PEER_SECRET_KEY),
    webhookSecret: new Secret(WEBHOOK_SECRET),
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
  /** Stripe sends an event again, as it does for days where the endpoint was away. */
  const sendAgain = async (type: string) => {
    const body = JSON.stringify(peer.books.events.find((event) => event.type === type));
    const atS = Math.floor(Date.now() / 1000);
    const v1 = createHmac('sha256', WEBHOOK_SECRET).update(`${atS}.${body}`).digest('hex');
    const headers = { 'stripe-signature': `t=${atS},v1=${v1}` };
    const received = { headers, body: Buffer.from(body), receivedAtMs: atS * 1000 };
    const reading = stripe.readWebhook(received);
    if (reading.verdict === 'rejected') throw new Error(`rejected: ${reading.reason}`);
    const facts = reading.verdict === 'facts' ? reading.facts : [];
    for (const fact of facts) await recordFact(ports, 'stripe', fact);
  };
  return { run, tellAll, sendAgain, ports };
}

function pay(token: string, captureMethod: 'automatic' | 'manual'): PaymentRequest {
  return create({ paymentMethod: card(token), captureMethod });
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

  it('have no refund that failed done by a webhook that comes late', async () => {
    const { run, tellAll, sendAgain, ports } = opened();
    await run(pay('pm_card_visa', 'automatic'));
    await run({ command: 'refund', amount: 1000n, reason: null });
    await tellAll();
    const [refund] = peer.books.refunds;
    peer.books.tell('refund.failed', { ...refund, status: 'failed', failure_reason: 'declined' });
    await tellAll();
    const told = await ports.store.readStream(paymentStream(PAYMENT_ID));
    expect(told.at(-1)?.type).toBe('RefundFailed');
    await sendAgain('refund.created');
    const after = await ports.store.readStream(paymentStream(PAYMENT_ID));
    expect(after.map(({ type }) => type)).toEqual(told.map(({ type }) => type));
  });

  it('release what a capture leaves, where Stripe allows only one', async () => {
    const { run, tellAll } = opened();
    await run(pay('pm_card_visa', 'manual'));
    const captured = await run({ command: 'capture', amount: 900n, final: false });
    expect(captured.payment).toMatchObject({ status: 'CAPTURED', amount_captured: 900 });
    await tellAll();
  });

  it('release what a capture leaves, also where only the feed tells of it', async () => {
    const { run, tellAll } = opened();
    await run(pay('pm_card_visa', 'manual'));
    const [id = ''] = peer.books.intents.keys();
    peer.failNext(`/v1/payment_intents/${id}/capture`, { type: 'reset_after_effect' });
    const lost = await run({ command: 'capture', amount: 900n, final: false });
    expect(lost.payment).toMatchObject({ open_operation: { state: 'unknown' } });
    await tellAll();
    const told = { status: 'CAPTURED', amount_captured: 900 };
    expect((await run({ command: 'confirm' })).payment).toMatchObject(told);
    const refunded = await run({ command: 'refund', amount: 900n, reason: null });
    expect(refunded.payment).toMatchObject({ status: 'REFUNDED' });
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
