import { createHmac, randomUUID } from 'node:crypto';
import { Secret } from '../../platform/secret.js';
import {
  PEER_SECRET_KEY,
  startStripePeer,
  type StripePeer,
} from '../../testing/stripe-peer/stripe-peer.js';
import { approved, charge, eventually, on, voidOf } from '../gateway-calls.contract.js';
import type { GatewayCall, GatewayFact } from '../payment-gateway.js';
import { StripeGateway } from './stripe-gateway.js';

const TIMEOUT_MS = 5_000;
const WEBHOOK_SECRET = 'whsec_0123456789abcdef';

let peer: StripePeer;
let gateway: StripeGateway;
beforeEach(async () => {
  peer = await startStripePeer();
  gateway = new StripeGateway({
    name: 'stripe',
    secretKey: new Secret(PEER_SECRET_KEY),
    webhookSecret: new Secret(WEBHOOK_SECRET),
    baseUrl: peer.url,
    features: { returnUrl: null, multicapture: true, incrementalAuthorization: true },
  });
});
afterEach(async () => {
  await gateway.close();
  await peer.close();
});

const send = (call: GatewayCall) => gateway.send(call, TIMEOUT_MS);
const facts = (cursor: string | null) => gateway.facts(cursor, TIMEOUT_MS);

async function charged(operation: 'authorize' | 'purchase' = 'purchase') {
  const call = charge(operation, 'pm_card_visa');
  const { reference } = approved(await send(call));
  return { call, reference };
}

/** What the feed tells of a call from here on. */
async function kindsAfter(cursor: string | null, key: string): Promise<GatewayFact['kind'][]> {
  const read = await allAfter(cursor);
  return read.facts.filter((fact) => fact.key === key).map(({ kind }) => kind);
}

async function end(): Promise<string | null> {
  return (await allAfter(null)).cursor;
}

async function allAfter(start: string | null) {
  const all: GatewayFact[] = [];
  let cursor = start;
  for (;;) {
    const read = await facts(cursor);
    all.push(...read.facts);
    if (read.cursor === cursor) return { facts: all, cursor };
    ({ cursor } = read);
  }
}

/** A charge of somebody else's that the same payout carried. */
function foreign(payout: StripePeer['books']['payouts'][number], number: number) {
  return { ...payout, charge: { ...payout.charge, id: `ch_${number}`, payment_intent: null } };
}

function dispute(reference: string, status: string) {
  return {
    id: 'dp_1',
    object: 'dispute',
    amount: 2500,
    currency: 'eur',
    status,
    charge: 'ch_1',
    payment_intent: reference,
  };
}

describe("Stripe's events as facts", () => {
  it('tells a dispute and its end, of the purchase', async () => {
    const { call, reference } = await charged();
    const start = await end();
    peer.books.tell('charge.dispute.created', dispute(reference, 'warning_needs_response'));
    peer.books.tell('charge.dispute.created', dispute(reference, 'needs_response'));
    peer.books.tell('charge.dispute.closed', dispute(reference, 'won'));
    peer.books.tell('charge.dispute.closed', dispute(reference, 'lost'));
    peer.books.tell('charge.dispute.closed', dispute(reference, 'warning_closed'));
    expect(await kindsAfter(start, call.key)).toEqual([
      { type: 'dispute_opened', disputeId: 'dp_1' },
      { type: 'dispute_won', disputeId: 'dp_1' },
      { type: 'dispute_lost', disputeId: 'dp_1' },
    ]);
  });

  it.each([
    ['as none where it took no money', [], []],
    ['as lost where it did', [{ id: 'txn_1', amount: -2700 }], ['dispute_lost']],
    [
      'as none where the money came back',
      [{ amount: -2700 }, { amount: 2500 }, { amount: 200 }],
      [],
    ],
  ])('tells a dispute that was prevented %s', async (_title, transactions, kinds) => {
    const { call, reference } = await charged();
    const start = await end();
    const prevented = {
      ...dispute(reference, 'prevented'),
      balance_transactions: transactions,
    };
    peer.books.tell('charge.dispute.created', prevented);
    peer.books.tell('charge.dispute.closed', prevented);
    const told = new Set((await kindsAfter(start, call.key)).map(({ type }) => type));
    expect([...told]).toEqual(kinds);
  });

  it('tells a dispute that was prevented as lost where Stripe only says that the money went', async () => {
    const { call, reference } = await charged();
    const start = await end();
    peer.books.tell('charge.dispute.funds_withdrawn', dispute(reference, 'prevented'));
    expect(await kindsAfter(start, call.key)).toMatchObject([{ type: 'dispute_lost' }]);
  });

  it('tells a dispute of the capture that took the money', async () => {
    const { call, reference } = await charged('authorize');
    const capture = on(call, reference, { operation: 'capture', final: true });
    await send(capture);
    const start = await end();
    peer.books.tell('charge.dispute.created', dispute(reference, 'needs_response'));
    expect(await kindsAfter(start, capture.key)).toEqual([
      { type: 'dispute_opened', disputeId: 'dp_1' },
    ]);
  });

  it('tells a refund that fails after it had succeeded', async () => {
    const { call, reference } = await charged();
    const refund = on(call, reference, { operation: 'refund' });
    await send(refund);
    const start = await end();
    const failed = { ...peer.books.refunds.at(-1), status: 'failed', failure_reason: 'declined' };
    peer.books.tell('refund.failed', failed);
    expect(await kindsAfter(start, refund.key)).toEqual([{ type: 'refund_failed' }]);
  });

  it('tells until when an authorization holds', async () => {
    const { call, reference } = await charged('authorize');
    const [first] = await kindsAfter(null, call.key);
    const expiresAt = expect.stringMatching(/^\d{4}-.*Z$/);
    const told = { type: 'operation_approved', reference, expiresAt, settled: false };
    expect(first).toEqual(told);
  });

  it('tells captures once their amounts make up what was received', async () => {
    const { call, reference } = await charged('authorize');
    const first = { ...on(call, reference, { operation: 'capture', final: false }), amount: 900n };
    const second = { ...on(call, reference, { operation: 'capture', final: true }), amount: 600n };
    await send(first);
    await send(second);
    const all = (await facts(null)).facts.filter(({ key }) => key !== call.key);
    expect(all.map(({ key, amount }) => [key, amount])).toEqual([
      [first.key, 900n],
      [first.key, 900n],
      [second.key, 600n],
    ]);
    expect(new Set(all.map(({ id }) => id)).size).toBe(3);
  });

  it('takes our own void for its word, and any other end for an authorization that is gone', async () => {
    const ours = await charged('authorize');
    const release = voidOf(ours.call, ours.reference);
    const start = await end();
    await send(release);
    expect(await kindsAfter(start, release.key)).toMatchObject([{ type: 'operation_approved' }]);
    expect(await kindsAfter(start, ours.call.key)).toEqual([]);
    peer.books.authorizeForMs = 0;
    const short = await charged('authorize');
    peer.books.get(short.reference);
    expect(await kindsAfter(start, short.call.key)).toContainEqual({ type: 'authorization_gone' });
  });

  it("takes another tool's cancel for an end too, though its key is a UUID as ours are", async () => {
    const { call, reference } = await charged('authorize');
    const start = await end();
    await fetch(`${peer.url}/v1/payment_intents/${reference}/cancel`, {
      method: 'POST',
      headers: { authorization: `Bearer ${PEER_SECRET_KEY}`, 'idempotency-key': randomUUID() },
    });
    expect(await kindsAfter(start, call.key)).toEqual([{ type: 'authorization_gone' }]);
  });

  it('passes over events of others, and keeps a place behind them', async () => {
    const foreign = { id: 'pi_x', object: 'payment_intent', status: 'succeeded', amount: 1 };
    for (let i = 0; i < 250; i++) {
      peer.books.tell('payment_intent.succeeded', { ...foreign, currency: 'eur' });
    }
    const { call } = await charged();
    const page = await facts(null);
    expect(page.facts.map(({ key }) => key)).toEqual([call.key]);
    expect(await facts(page.cursor)).toEqual({ facts: [], cursor: page.cursor });
  });

  it('begins again where Stripe has forgotten the place', async () => {
    const { call } = await charged();
    expect(await kindsAfter('evt_of_last_year', call.key)).toHaveLength(1);
  });

  it('does not tell what only looks like ours', async () => {
    const metadata = { operation_key: 'k', operation: 'purchase' };
    const other = { id: 'pi_x', object: 'payment_intent', status: 'succeeded', amount: 1 };
    peer.books.tell('payment_intent.succeeded', { ...other, currency: 'eur', metadata });
    peer.books.tell('payment_intent.succeeded', { id: 'pi_y' });
    expect((await facts(null)).facts).toEqual([]);
  });

  it('goes on behind events that lead nowhere', async () => {
    peer.books.tell('charge.dispute.created', dispute('pi_of_another_account', 'needs_response'));
    peer.books.tell('payout.paid', { id: 'po_by_hand', object: 'payout' });
    const refusal = { type: 'invalid_request_error', param: 'payout' };
    const body = JSON.stringify({ error: refusal });
    peer.failNext('/v1/balance_transactions', { type: 'answer', status: 400, body });
    const { call } = await charged();
    expect(await kindsAfter(null, call.key)).toHaveLength(1);
  });

  it('reads a payout page after page', async () => {
    peer.books.settleAfterMs = 1;
    const { call } = await charged();
    await eventually(() => Promise.resolve(peer.books.payouts.length === 1));
    const [payout] = peer.books.payouts;
    if (payout === undefined) throw new Error('there is one');
    // Newest first: those of others come before ours.
    for (let i = 0; i < 120; i++) peer.books.payouts.push(foreign(payout, i));
    const kinds = await kindsAfter(null, call.key);
    expect(kinds.map(({ type }) => type)).toEqual(['operation_approved', 'settled']);
  });

  it('is away while Stripe is', async () => {
    peer.failNext('/v1/events', { type: 'answer', status: 500, body: '' });
    await expect(facts(null)).rejects.toMatchObject({ code: 'GATEWAY_UNREACHABLE' });
    peer.failNext('/v1/events', { type: 'answer', status: 500, body: '' });
    expect(await gateway.probe(TIMEOUT_MS)).toBe(false);
    expect(await gateway.probe(TIMEOUT_MS)).toBe(true);
  });

  it.each([
    [400, true],
    [401, false],
    [403, false],
    [429, true],
    [500, false],
  ])('a probe that is answered %d shows that Stripe is there: %s', async (status, there) => {
    const body = JSON.stringify({ error: { type: 'invalid_request_error' } });
    peer.failNext('/v1/events', { type: 'answer', status, body });
    expect(await gateway.probe(TIMEOUT_MS)).toBe(there);
  });

  it('tells by webhook what the feed tells, under the same id', async () => {
    const { call } = await charged();
    const { facts: fed } = await facts(null);
    const event = peer.books.events.find(({ id }) => id === fed[0]?.id);
    const body = Buffer.from(JSON.stringify(event));
    const atS = 1_750_000_000;
    const v1 = createHmac('sha256', WEBHOOK_SECRET)
      .update(`${atS}.${String(body)}`)
      .digest('hex');
    const headers = { 'stripe-signature': `t=${atS},v1=${v1}` };
    const webhook = { headers, body, receivedAtMs: atS * 1000 };
    expect(gateway.readWebhook(webhook)).toEqual({ verdict: 'facts', facts: fed });
    expect(fed[0]?.key).toBe(call.key);
  });
});
