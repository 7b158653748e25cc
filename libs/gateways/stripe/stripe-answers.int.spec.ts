import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Secret } from '../../platform/secret.js';
import {
  type Fault,
  PEER_SECRET_KEY,
  startStripePeer,
  type StripePeer,
} from '../../testing/stripe-peer/stripe-peer.js';
import { approved, charge, on, voidOf } from '../gateway-calls.contract.js';
import type { GatewayCall } from '../payment-gateway.js';
import { StripeGateway } from './stripe-gateway.js';

const TIMEOUT_MS = 5_000;
const FEATURES = { returnUrl: null, multicapture: false, incrementalAuthorization: true };

let peer: StripePeer;
let gateway: StripeGateway;
beforeAll(async () => {
  peer = await startStripePeer();
  gateway = open(peer.url);
});
afterAll(async () => {
  await gateway.close();
  await peer.close();
});

function open(baseUrl: string, features = FEATURES): StripeGateway {
  const secretKey = new Secret(PEER_SECRET_KEY);
  return new StripeGateway({ name: 'stripe', secretKey, webhookSecret: null, baseUrl, features });
}

const send = (call: GatewayCall) => gateway.send(call, TIMEOUT_MS);
const ask = (call: GatewayCall) => gateway.ask(call, TIMEOUT_MS);
const purchase = () => charge('purchase', 'pm_card_visa');

async function authorized() {
  const call = charge('authorize', 'pm_card_visa');
  return { call, reference: approved(await send(call)).reference };
}

function answer(status: number, error: object | string): Fault {
  const body = typeof error === 'string' ? error : JSON.stringify({ error });
  return { type: 'answer', status, body };
}

const INVALID = 'invalid_request_error';
const UNKNOWN = { outcome: 'unknown' };
const rejected = { outcome: 'refused', reason: 'rejected' };

describe("what Stripe's answers mean", () => {
  it.each<[string, Fault, object]>([
    [
      'a card error',
      answer(402, { type: 'card_error', code: 'card_declined', decline_code: 'lost_card' }),
      { outcome: 'declined', code: 'lost_card' },
    ],
    [
      'a card error without a reason',
      answer(402, { type: 'card_error', code: 'expired_card' }),
      { outcome: 'declined', code: 'expired_card' },
    ],
    ['a wrong parameter', answer(400, { type: INVALID, code: 'parameter_unknown' }), rejected],
    ['a wrong key of ours', answer(401, { type: INVALID }), rejected],
    ['a key that may not', answer(403, { type: INVALID }), rejected],
    ['nothing there', answer(404, { type: INVALID, code: 'resource_missing' }), rejected],
    [
      'too many requests',
      answer(429, { type: INVALID, code: 'rate_limit' }),
      { outcome: 'refused', reason: 'rate_limited' },
    ],
    [
      'a lock on one object, which asks for no pause of the others',
      answer(429, { type: INVALID, code: 'lock_timeout' }),
      { outcome: 'refused', reason: 'rate_limited', retryAfterMs: 0 },
    ],
    ['the key with other content', answer(400, { type: 'idempotency_error' }), UNKNOWN],
    [
      'the key in use',
      answer(409, { type: 'idempotency_error', code: 'idempotency_key_in_use' }),
      UNKNOWN,
    ],
    [
      'the key in use, as a wrong request',
      answer(400, { type: INVALID, code: 'idempotency_key_in_use' }),
      UNKNOWN,
    ],
    ['another conflict', answer(409, { type: INVALID }), UNKNOWN],
    ['a time-out of the request', answer(408, { type: INVALID }), UNKNOWN],
    ['too early', answer(425, { type: INVALID }), UNKNOWN],
    ['a client that went away', answer(499, { type: INVALID }), UNKNOWN],
    ['an error of Stripe', answer(500, { type: 'api_error' }), UNKNOWN],
    ['an error that calls itself a wrong request', answer(500, { type: INVALID }), UNKNOWN],
    ['a card error with status 500', answer(500, { type: 'card_error' }), UNKNOWN],
    ['an error of a proxy', answer(502, '<html>'), UNKNOWN],
    ['an error with a payment for a body', answer(503, '{"object":"payment_intent"}'), UNKNOWN],
    ['a redirect', answer(302, ''), UNKNOWN],
    ['a refusal by a proxy', answer(403, '<html>'), rejected],
    [
      'too many requests for a proxy',
      answer(429, ''),
      { outcome: 'refused', reason: 'rate_limited' },
    ],
    ['a decline without a word', answer(402, ''), UNKNOWN],
    ['a wrong request without a word, maybe about the key', answer(400, ''), UNKNOWN],
    ['success that is no JSON', answer(200, '<html>'), UNKNOWN],
    ['success without content', answer(200, ''), UNKNOWN],
    ['success that is null', answer(200, 'null'), UNKNOWN],
    ['success with another object', answer(200, '{"id":"re_1","object":"refund"}'), UNKNOWN],
    ['an error with status 200', answer(200, { type: 'card_error' }), UNKNOWN],
    ['a reset', { type: 'reset' }, UNKNOWN],
    ['a reset after the effect', { type: 'reset_after_effect' }, UNKNOWN],
  ])('%s', async (_title, fault, meaning) => {
    const before = peer.requests.length;
    peer.failNext('/v1/payment_intents', fault);
    expect(await send(purchase())).toMatchObject(meaning);
    // Sent once, whatever happens: the library would repeat a reset by itself.
    expect(peer.requests.length).toBe(before + 1);
  });

  it('takes a payment of another key for none of ours', async () => {
    const other = purchase();
    const { reference } = approved(await send(other));
    const body = JSON.stringify(peer.books.get(reference));
    peer.failNext('/v1/payment_intents', { type: 'answer', status: 200, body });
    expect(await send(purchase())).toMatchObject(UNKNOWN);
  });

  it('knows that nothing was sent where nobody listens', async () => {
    const away = open(`http://127.0.0.1:${await unusedPort()}`);
    const answered = await away.send(purchase(), TIMEOUT_MS);
    expect(answered).toMatchObject({ outcome: 'refused', reason: 'not_sent' });
    expect(await away.ask(purchase(), TIMEOUT_MS)).toMatchObject(UNKNOWN);
    expect(await away.probe(TIMEOUT_MS)).toBe(false);
    await expect(away.facts(null, TIMEOUT_MS)).rejects.toMatchObject({
      code: 'GATEWAY_UNREACHABLE',
    });
    await away.close();
  });

  it('bounds the whole of a call', async () => {
    const silent = charge('purchase', 'pm_card_timeoutAfterEffect');
    expect(await gateway.send(silent, 100)).toMatchObject(UNKNOWN);
  });

  it.each([
    ['an amount that Stripe can not hold', { amount: 10n ** 17n }],
    ['a fraction that Stripe has not', { amount: 5121n, currency: 'KWD' }],
  ])('sends nothing of %s', async (_why, what) => {
    const before = peer.requests.length;
    expect(await send({ ...purchase(), ...what })).toMatchObject(rejected);
    expect(peer.requests.length).toBe(before);
  });

  it.each(['', '../refunds', 'pi_1/cancel', 'pi 1'])('sends nothing to %j', async (reference) => {
    const before = peer.requests.length;
    const call = on(purchase(), reference, { operation: 'capture', final: true });
    expect(await send(call)).toMatchObject(rejected);
    expect(await ask(call)).toEqual({ outcome: 'not_found' });
    expect(peer.requests.length).toBe(before);
  });

  it('declines what needs the customer, where no page to come back to is configured', async () => {
    const call = charge('purchase', 'pm_card_authenticationRequired');
    const meaning = { outcome: 'declined', code: 'authentication_failed' };
    expect(await send(call)).toMatchObject(meaning);
    expect(await ask(call)).toMatchObject(meaning);
  });
});

describe('what is sent to Stripe', () => {
  it('is a payment with its key, its method and who it is of', async () => {
    const call = { ...charge('authorize', 'pm_card_visa'), amount: 700n, currency: 'JPY' };
    await send(call);
    const seen = peer.requests.at(-1);
    expect(seen).toMatchObject({
      method: 'POST',
      path: '/v1/payment_intents',
      headers: {
        authorization: `Bearer ${PEER_SECRET_KEY}`,
        'idempotency-key': call.key,
        'content-type': 'application/x-www-form-urlencoded',
        'stripe-version': expect.stringMatching(/^\d{4}-\d\d-\d\d/),
      },
      form: {
        amount: '700',
        currency: 'jpy',
        confirm: 'true',
        capture_method: 'manual',
        payment_method: 'pm_card_visa',
        metadata: { payment_id: call.paymentId, operation_key: call.key, operation: 'authorize' },
      },
    });
  });

  it('is a token as the data of a method', async () => {
    expect(await send(charge('purchase', 'tok_visa'))).toMatchObject({ outcome: 'approved' });
    expect(peer.requests.at(-1)?.form).toMatchObject({
      capture_method: 'automatic',
      payment_method_data: { type: 'card', card: { token: 'tok_visa' } },
    });
  });

  it('is a capture that says nothing of further ones, where there can be none', async () => {
    const { call, reference } = await authorized();
    const capture = {
      ...on(call, reference, { operation: 'capture', final: false }),
      amount: 900n,
    };
    // Stripe released the rest, although nobody called this capture the last.
    expect(await send(capture)).toMatchObject({ amount: 900n, authorizationGone: true });
    const seen = peer.requests.at(-1);
    expect(seen?.path).toBe(`/v1/payment_intents/${reference}/capture`);
    expect(seen?.form['amount_to_capture']).toBe('900');
    expect(seen?.form['final_capture']).toBeUndefined();
  });

  it('goes to where the API is configured to be', async () => {
    const behind = open(`${peer.url}/proxied/`);
    await behind.send(purchase(), TIMEOUT_MS);
    expect(peer.requests.at(-1)?.path).toBe('/proxied/v1/payment_intents');
    await behind.close();
  });
});

describe('what became of a call that got no answer', () => {
  const lost: Fault = { type: 'reset_after_effect' };

  it('is told of a capture, an increment and a refund by what is noted at Stripe', async () => {
    const { call, reference } = await authorized();
    const increment = { ...on(call, reference, { operation: 'increment' }), amount: 4000n };
    const capture = {
      ...on(call, reference, { operation: 'capture', final: true }),
      amount: 3000n,
    };
    const refund = { ...on(call, reference, { operation: 'refund' }), amount: 1200n };
    for (const [lostCall, path] of [
      [increment, `/v1/payment_intents/${reference}`],
      [capture, `/v1/payment_intents/${reference}`],
      [refund, '/v1/refunds'],
    ] as const) {
      expect(await ask(lostCall)).toMatchObject({ outcome: 'not_found' });
      peer.failNext(path, lost);
      expect(await send(lostCall)).toMatchObject(UNKNOWN);
      const word = approved(await ask(lostCall));
      expect(word.amount).toBe(lostCall.amount);
      expect(approved(await send(lostCall)).amount).toBe(lostCall.amount);
    }
    expect(peer.books.get(reference).amount_received).toBe(3000);
  });

  it('is told of a void', async () => {
    const { call, reference } = await authorized();
    const release = voidOf(call, reference);
    expect(await ask(release)).toEqual({ outcome: 'not_found' });
    peer.failNext(`/v1/payment_intents/${reference}`, lost);
    expect(await send(release)).toMatchObject(UNKNOWN);
    expect(approved(await ask(release)).amount).toBe(2500n);
  });

  it('is never a decline because of its own effect, even if Stripe forgot the key', async () => {
    const { call, reference } = await authorized();
    const capture = on(call, reference, { operation: 'capture', final: true });
    approved(await send(capture));
    const state = { type: INVALID, code: 'payment_intent_unexpected_state' };
    peer.failNext(`/v1/payment_intents/${reference}/capture`, answer(400, state));
    expect(approved(await send(capture)).amount).toBe(2500n);
  });

  it('stays unknown while looking is not possible after such a refusal', async () => {
    const { call, reference } = await authorized();
    const state = { type: INVALID, code: 'payment_intent_unexpected_state' };
    peer.failNext(`/v1/payment_intents/${reference}/capture`, answer(400, state));
    peer.failNext(`/v1/payment_intents/${reference}`, answer(500, { type: 'api_error' }));
    const capture = on(call, reference, { operation: 'capture', final: true });
    expect(await send(capture)).toMatchObject(UNKNOWN);
  });

  it('stays unknown where the captures noted are not what was received', async () => {
    const { call, reference } = await authorized();
    const first = { ...on(call, reference, { operation: 'capture', final: true }), amount: 900n };
    const second = { ...on(call, reference, { operation: 'capture', final: true }), amount: 600n };
    const intent = peer.books.get(reference);
    intent.metadata = { [`cap_${first.key}`]: '900', [`cap_${second.key}`]: '600' };
    intent.amount_received = 900;
    expect(await ask(first)).toMatchObject(UNKNOWN);
    expect(await ask(second)).toMatchObject(UNKNOWN);
    intent.amount_received = 1500;
    expect(approved(await ask(second)).amount).toBe(600n);
  });

  it('is found by search, also where the list is long', async () => {
    const call = purchase();
    const first = approved(await send(call));
    for (let i = 0; i < 101; i++) peer.books.intents.set(`pi_${i}`, { ...PLAIN, id: `pi_${i}` });
    expect(await ask(call)).toEqual({ outcome: 'not_found' });
    peer.searchIsFresh = true;
    expect(await ask(call)).toEqual(first);
    peer.searchIsFresh = false;
    peer.failNext('/v1/payment_intents/search', answer(400, { type: INVALID }));
    expect(await ask(call)).toEqual(first);
    peer.failNext('/v1/payment_intents/search', answer(500, { type: 'api_error' }));
    expect(await ask(call)).toMatchObject(UNKNOWN);
    for (let i = 0; i < 101; i++) peer.books.intents.delete(`pi_${i}`);
  });

  it('does not void what is not to be seen yet', async () => {
    const nowhere = voidOf(charge('authorize', 'pm_card_visa'), null);
    expect(await send(nowhere)).toMatchObject({ outcome: 'refused', reason: 'not_sent' });
  });
});

const PLAIN = {
  id: 'pi_0',
  object: 'payment_intent',
  created: 0,
  status: 'succeeded',
  amount: 1,
  amount_capturable: 0,
  amount_received: 1,
  currency: 'eur',
  capture_method: 'automatic',
  cancellation_reason: null,
  metadata: {},
  last_payment_error: null,
  next_action: null,
  latest_charge: null,
} as const;

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // reason: a server that listens on a port has such an address
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
