import { factsOfSettlement } from './stripe-settlements.js';
import { intentShape, type SettledCharge } from './stripe-shapes.js';

const KEYS = ['00000000-0000-5000-8000-000000000001', '00000000-0000-5000-8000-000000000002'];
const EVENT = { id: 'evt_1', created: 1_750_000_000 };

/** An authorization of which these amounts were captured, in Stripe's units. */
function captured(currency: string, ...amounts: readonly number[]) {
  const captures = amounts.map((amount, index) => [`cap_${KEYS[index]}`, String(amount)]);
  return intentShape.parse({
    id: 'pi_1',
    object: 'payment_intent',
    status: 'succeeded',
    amount: 100_000,
    amount_received: amounts.reduce((sum, amount) => sum + amount, 0),
    currency,
    capture_method: 'manual',
    metadata: {
      payment_id: 'pay_1',
      operation: 'authorize',
      operation_key: 'k',
      ...Object.fromEntries(captures),
    },
  });
}

/** Part of a payout, as a charge of this payment. */
function part(amount: number, currency?: string, rate?: number): SettledCharge {
  const source = { id: 'ch_1', object: 'charge' as const, payment_intent: null };
  return { id: 'txn_1', amount, currency, exchange_rate: rate, source };
}

const told = (...[intent, of]: readonly [ReturnType<typeof captured>, SettledCharge]) =>
  factsOfSettlement(EVENT, intent, of).map(({ key, amount }) => [KEYS.indexOf(key), amount]);

describe('what a payout settles', () => {
  it('is the one capture of a payment, in whatever currency it was paid out', () => {
    expect(told(captured('eur', 900), part(900, 'eur'))).toEqual([[0, 900n]]);
    expect(told(captured('eur', 900), part(1038, 'usd', 1.15333))).toEqual([[0, 900n]]);
    expect(told(captured('eur', 900), part(1038, 'usd'))).toEqual([[0, 900n]]);
  });

  it.each<[string, ReturnType<typeof captured>, SettledCharge, (readonly unknown[])[]]>([
    ['its amount', captured('eur', 900, 600), part(600, 'eur'), [[1, 600n]]],
    ['no other amount', captured('eur', 900, 600), part(700, 'eur'), []],
    ['its amount at the rate', captured('eur', 900, 600), part(1038, 'usd', 1.15333), [[0, 900n]]],
    ['not by another currency', captured('eur', 900, 600), part(600, 'usd', 1.15333), []],
    [
      'a currency without decimals',
      captured('jpy', 1000, 5000),
      part(670, 'usd', 0.0067),
      [[0, 1000n]],
    ],
    [
      'into one without decimals',
      captured('usd', 1000, 5000),
      part(7463, 'jpy', 149.254),
      [[1, 5000n]],
    ],
    [
      'one that only Stripe writes with decimals',
      captured('isk', 100_000, 500_000),
      part(720, 'usd', 0.0072),
      [[0, 1000n]],
    ],
    ['no rate', captured('eur', 900, 600), part(600, 'usd'), []],
  ])('is of several captures the one with: %s', (_title, intent, of, expected) => {
    expect(told(intent, of)).toEqual(expected);
  });

  it('is nothing of a payment that took no money', () => {
    const failed = { ...captured('eur'), status: 'requires_payment_method' };
    const metadata = { ...failed.metadata, operation: 'purchase' };
    expect(factsOfSettlement(EVENT, { ...failed, metadata }, part(900, 'eur'))).toEqual([]);
  });
});
