import { routingSubject } from '../../testing/routing-subject.js';
import { compileCondition, type RuleCondition } from './rule-condition.js';

function holds(condition: RuleCondition, over: Parameters<typeof routingSubject>[0] = {}): boolean {
  return compileCondition(condition)(routingSubject(over));
}

describe('a condition of a rule', () => {
  it.each<[RuleCondition, boolean]>([
    [{}, true],
    [{ amount: { lt: '2500' } }, false],
    [{ amount: { lt: '2501' } }, true],
    [{ amount: { lte: '2500' } }, true],
    [{ amount: { lte: '2499' } }, false],
    [{ amount: { gt: '2500' } }, false],
    [{ amount: { gt: '2499' } }, true],
    [{ amount: { gte: '2500' } }, true],
    [{ amount: { gte: '2501' } }, false],
    [{ amount: { between: ['2500', '2500'] } }, true],
    [{ amount: { between: ['2501', '9000'] } }, false],
    [{ amount: { between: ['1', '2499'] } }, false],
    [{ amount: { currency: 'EUR', gte: '1' } }, true],
    [{ amount: { currency: 'USD', gte: '1' } }, false],
    [{ amount: { gte: '1000', lt: '2000' } }, false],
    [{ currency: 'EUR' }, true],
    [{ currency: { in: ['USD', 'EUR'] } }, true],
    [{ currency: { in: ['USD'] } }, false],
    [{ country: 'DE', network: 'visa' }, true],
    [{ country: 'DE', network: 'amex' }, false],
    [{ method: 'card' }, true],
    [{ customer_id: 'cus_1' }, true],
    [{ customer_id: 'cus_2' }, false],
    [{ merchant_id: 'mer_one' }, true],
    [{ order_id: 'ord_1' }, false],
    [{ metadata: { key: 'channel', equals: 'web' } }, true],
    [{ metadata: { key: 'channel', in: ['app'] } }, false],
    [{ metadata: { key: 'toString', equals: 'x' } }, false],
    [{ all: [{ currency: 'EUR' }, { country: 'FR' }] }, false],
    [{ any: [{ currency: 'USD' }, { country: 'DE' }] }, true],
    [{ any: [{ currency: 'USD' }, { country: 'FR' }] }, false],
    [{ not: { country: 'FR' } }, true],
    [{ not: { country: 'DE' } }, false],
  ])('%j of a visa payment of 25.00 EUR from Germany: %s', (condition, expected) => {
    expect(holds(condition)).toBe(expected);
  });

  it('on what a payment does not tell does not hold', () => {
    const bare = {
      customerId: null,
      metadata: null,
      paymentMethod: { country: null, network: null },
    };
    expect(holds({ country: 'DE' }, bare)).toBe(false);
    expect(holds({ network: { in: ['visa'] } }, bare)).toBe(false);
    expect(holds({ customer_id: 'cus_1' }, bare)).toBe(false);
    expect(holds({ metadata: { key: 'channel', equals: 'web' } }, bare)).toBe(false);
    expect(holds({ not: { country: 'DE' } }, bare)).toBe(true);
  });

  it('compares amounts beyond 2^53 exactly', () => {
    const amount = { gt: '99999999999999999' };
    expect(holds({ amount }, { amount: 100000000000000000n })).toBe(true);
    expect(holds({ amount }, { amount: 99999999999999999n })).toBe(false);
  });
});
