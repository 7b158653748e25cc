import { fromStripeAmount, toStripeAmount } from './stripe-amounts.js';

describe('amounts at Stripe', () => {
  it.each([
    ['EUR', 1050n, 1050],
    ['EUR', 0n, 0],
    ['JPY', 500n, 500],
    ['KRW', 1n, 1],
    ['KWD', 5120n, 5120],
    // Without decimals at Stripe, with two in ISO 4217.
    ['MGA', 500n, 5],
    // The other way round.
    ['ISK', 5n, 500],
    ['UGX', 5n, 500],
    ['EUR', BigInt(Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER],
  ])('%s %s is %s, and back', (currency, ours, theirs) => {
    expect(toStripeAmount(ours, currency)).toBe(theirs);
    expect(fromStripeAmount(theirs, currency.toLowerCase())).toBe(ours);
  });

  it.each([
    ['a last digit that Stripe has not', 5121n, 'KWD'],
    ['a fraction that Stripe has not', 501n, 'MGA'],
    ['more than its numbers hold', BigInt(Number.MAX_SAFE_INTEGER) + 1n, 'EUR'],
    ['less than nothing', -1n, 'EUR'],
    ['no currency', 1n, 'XXX'],
  ])('is none there, and nothing is rounded: %s', (_why, amount, currency) => {
    expect(toStripeAmount(amount, currency)).toBeNull();
  });

  it.each([
    [550, 'isk'],
    [1.5, 'eur'],
    [-1, 'eur'],
    [2 ** 53, 'eur'],
    [1, 'abc'],
  ])('%s %s is none of ours', (amount, currency) => {
    expect(fromStripeAmount(amount, currency)).toBeNull();
  });
});
