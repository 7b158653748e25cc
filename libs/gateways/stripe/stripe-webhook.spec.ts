import { createHmac } from 'node:crypto';
import { factsOfEvent } from './stripe-facts.js';
import { eventShape } from './stripe-shapes.js';
import { readStripeWebhook, TOLERANCE_S } from './stripe-webhook.js';

const SECRET = 'whsec_0123456789abcdef';
const NOW_S = 1_750_000_000;
const KEY = '5f0c1c1e-8a53-5e0c-9d53-0c8d2f5f4c11';

const event = {
  id: 'evt_1',
  object: 'event',
  type: 'payment_intent.succeeded',
  created: NOW_S - 3600,
  request: { id: null, idempotency_key: null },
  data: {
    object: {
      id: 'pi_1',
      object: 'payment_intent',
      status: 'succeeded',
      amount: 2500,
      amount_received: 2500,
      currency: 'eur',
      metadata: { payment_id: 'pay_1', operation: 'purchase', operation_key: KEY },
    },
  },
};

function signature(body: string, atS: number, secret = SECRET): string {
  return createHmac('sha256', secret).update(`${atS}.${body}`).digest('hex');
}

function read(header: string | undefined, body: string) {
  return readStripeWebhook(SECRET, {
    headers: { 'stripe-signature': header },
    body: Buffer.from(body),
    receivedAtMs: NOW_S * 1000,
  });
}

describe("Stripe's webhooks", () => {
  const body = JSON.stringify(event);
  const signed = (atS: number, text = body) => `t=${atS},v1=${signature(text, atS)}`;

  it('tells the facts of an event that Stripe signed', () => {
    expect(read(signed(NOW_S), body)).toEqual({
      verdict: 'facts',
      facts: [
        {
          id: 'evt_1',
          paymentId: 'pay_1',
          key: KEY,
          reference: 'pi_1',
          at: '2025-06-15T14:06:40.000Z',
          amount: 2500n,
          currency: 'EUR',
          kind: { type: 'operation_approved', reference: 'pi_1', expiresAt: null, settled: false },
        },
      ],
    });
  });

  it('takes any of several signatures, while a secret is rotated', () => {
    const header = `t=${NOW_S},v1=${'0'.repeat(64)},v1=${signature(body, NOW_S)}`;
    expect(read(header, body).verdict).toBe('facts');
  });

  it('has nothing to tell of what is not ours', () => {
    const foreign = JSON.stringify({ ...event, type: 'customer.created', data: { object: {} } });
    expect(read(signed(NOW_S, foreign), foreign)).toEqual({ verdict: 'nothing' });
  });

  it.each(['refund.updated', 'refund.failed', 'charge.refund.updated'])(
    'leaves %s to the feed, which alone tells in which order a refund succeeded and failed',
    (type) => {
      const refund = {
        id: 're_1',
        object: 'refund',
        amount: 700,
        currency: 'eur',
        status: type === 'refund.failed' ? 'failed' : 'succeeded',
        payment_intent: 'pi_1',
        metadata: event.data.object.metadata,
      };
      const told = { ...event, type, data: { object: refund } };
      expect(factsOfEvent(eventShape.parse(told))).toHaveLength(1);
      const text = JSON.stringify(told);
      expect(read(signed(NOW_S, text), text)).toEqual({ verdict: 'nothing' });
    },
  );

  it.each([
    ['no header', undefined],
    ['another secret', `t=${NOW_S},v1=${signature(body, NOW_S, 'whsec_other')}`],
    ['another body', `t=${NOW_S},v1=${signature(`${body} `, NOW_S)}`],
    ['another scheme', `t=${NOW_S},v0=${signature(body, NOW_S)}`],
    ['no time', `v1=${signature(body, NOW_S)}`],
    ['a time that is no number, of an old signature', `t=1x,v1=${signature(body, 1)}`],
    ['two times, the old one signed', `t=${NOW_S},t=1,v1=${signature(body, 1)}`],
    ['two times, the new one signed', `t=1,t=${NOW_S},v1=${signature(body, NOW_S)}`],
  ])('refuses %s', (_why, header) => {
    expect(read(header, body)).toEqual({ verdict: 'rejected', reason: 'signature' });
  });

  it.each([
    [-TOLERANCE_S - 1, 'rejected'],
    [-TOLERANCE_S, 'facts'],
    [TOLERANCE_S, 'facts'],
    [TOLERANCE_S + 1, 'rejected'],
  ])('a signature of %s s from now is %s', (offsetS, verdict) => {
    const reading = read(signed(NOW_S + offsetS), body);
    expect(reading.verdict).toBe(verdict);
    if (reading.verdict === 'rejected') expect(reading.reason).toBe('age');
  });

  it.each(['not json', '{"object":"event"}', '{"object":"v2.core.event"}'])(
    'refuses %j although it is signed',
    (text) => {
      expect(read(signed(NOW_S, text), text)).toEqual({ verdict: 'rejected', reason: 'malformed' });
    },
  );
});
