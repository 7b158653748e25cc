import { tokenFingerprint } from '../../libs/risk/velocity-keys.js';
import { PAYMENT_LIVES, recordedLife, unknownEvent } from '../../libs/testing/payment-lives.js';
import { card } from '../../libs/testing/plain-create.js';
import { ProjectionRun } from '../../libs/testing/projection-run.js';
import { riskVelocity } from './project.js';

const method = { ...card('tok_a') };
const first = {
  merchantId: 'mer_shop',
  customerId: 'cus_1',
  customerIpHash: 'ip_hash',
  amount: '2500',
  currency: 'EUR',
  paymentMethod: method,
};
const minute = '2026-03-01T10:00:00.000Z';

describe('risk velocity', () => {
  it('counts an attempt under each key that it has, by its minute, and keeps no token', () => {
    const events = recordedLife([['PaymentInitiated', first]]);
    const run = new ProjectionRun(riskVelocity).apply(events);
    const counted = { minute, currency: 'EUR', amount: '2500', position: events[0]?.position };
    expect(run.rows).toEqual([
      { ...counted, dimension: 'customer', key: 'mer_shop/cus_1' },
      { ...counted, dimension: 'token', key: tokenFingerprint('tok_a') },
      { ...counted, dimension: 'ip', key: 'ip_hash' },
      { ...counted, dimension: 'merchant', key: 'mer_shop' },
    ]);
    expect(JSON.stringify(run.snapshot())).not.toContain('tok_a');
  });

  it('counts a payment without customer and address under its token and merchant', () => {
    const data = { ...first, customerId: null, customerIpHash: null };
    const { rows } = new ProjectionRun(riskVelocity).apply(
      recordedLife([['PaymentInitiated', data]]),
    );
    expect(rows.map(({ dimension }) => dimension)).toEqual(['token', 'merchant']);
  });

  it('counts a retry as an attempt, with the method that it brings, and the next with the same', () => {
    const other = { ...method, token: 'tok_b' };
    const events = recordedLife([
      ['PaymentInitiated', first],
      ['RetryRequested', { paymentMethod: other }],
      ['RetryRequested', { paymentMethod: null }],
    ]);
    const { rows } = new ProjectionRun(riskVelocity).apply(events);
    const tokens = rows.filter(({ dimension }) => dimension === 'token').map(({ key }) => key);
    expect(tokens).toEqual(['tok_a', 'tok_b', 'tok_b'].map(tokenFingerprint));
    expect(rows.filter(({ dimension }) => dimension === 'customer')).toHaveLength(3);
  });

  it('counts every event once', () => {
    const events = recordedLife([['PaymentInitiated', first], ['RetryRequested']]);
    const run = new ProjectionRun(riskVelocity).apply(events);
    const once = run.snapshot();
    expect(run.apply(events).snapshot()).toEqual(once);
  });

  it.each(Object.entries(PAYMENT_LIVES))('%s: nothing else is an attempt', (_name, life) => {
    const events = recordedLife(life);
    const attempts = events.filter(
      ({ type }) => type === 'PaymentInitiated' || type === 'RetryRequested',
    );
    const run = new ProjectionRun(riskVelocity).apply(events);
    expect(run.rows.filter(({ dimension }) => dimension === 'merchant')).toHaveLength(
      attempts.length,
    );
  });

  it('passes over other streams, unknown events and newer versions', () => {
    const [event] = recordedLife([['PaymentInitiated', first]]);
    const run = new ProjectionRun(riskVelocity).apply([
      { ...event!, stream: 'gateway-alpha' },
      { ...event!, version: 99 },
      unknownEvent(0),
    ]);
    expect(run.rows).toEqual([]);
    expect(riskVelocity.write({ states: run.states, rows: run.rows }, 1)).toEqual([]);
  });

  it('adds up what falls into one minute before it is written', () => {
    const [event] = recordedLife([['PaymentInitiated', first]]);
    const copies = ['pay_a', 'pay_b', 'pay_c'].map((id, index) => {
      return { ...event!, stream: `payment-${id}`, position: `${index}` };
    });
    const { rows, states } = new ProjectionRun(riskVelocity).apply(copies);
    const [counts, pruned] = riskVelocity.write({ rows, states }, 4);
    // A bounded number of what lies 31 days back.
    expect(pruned?.values).toEqual(['2026-01-29T10:00:00.000Z', 2 * rows.length]);
    expect(counts?.text).toContain('insert into risk_velocity_v4');
    // Binary arrays: the texts stand in them as they are.
    expect(String(counts?.values[4])).toMatch(/3.*3.*3.*3/s);
    expect(String(counts?.values[5])).toContain('7500');
  });
});
