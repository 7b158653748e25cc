import fc from 'fast-check';
import { AMOUNT_MAX } from './amount.js';
import { basisPoints, percentage } from './percentage.js';

const absolute = (value: bigint) => (value < 0n ? -value : value);

describe('percentage', () => {
  it.each([
    // Half of an odd number is a tie.
    [1n, 0n, 1n, 0n],
    [3n, 2n, 2n, 1n],
    [5n, 2n, 3n, 2n],
    [-3n, -2n, -2n, -1n],
    [-5n, -2n, -3n, -2n],
    [4n, 2n, 2n, 2n],
  ])('half of %s: half even %s, half up %s, down %s', (minorUnits, even, up, down) => {
    const half = { numerator: 1n, denominator: 2n };
    expect(percentage(minorUnits, half)).toBe(even);
    expect(percentage(minorUnits, half, 'half_up')).toBe(up);
    expect(percentage(minorUnits, half, 'down')).toBe(down);
  });

  it('takes basis points', () => {
    expect(percentage(10_000n, basisPoints(290n))).toBe(290n);
    expect(percentage(1999n, basisPoints(290n))).toBe(58n);
    expect(percentage(1999n, basisPoints(290n), 'down')).toBe(57n);
  });

  it('rounds what is above a tie up in both nearest modes', () => {
    const rate = { numerator: 51n, denominator: 100n };
    expect(percentage(1n, rate)).toBe(1n);
    expect(percentage(1n, rate, 'half_up')).toBe(1n);
  });

  it.each([0n, -1n])('refuses a denominator of %s', (denominator) => {
    expect(() => percentage(1n, { numerator: 1n, denominator })).toThrow(RangeError);
  });

  it('is never further from the exact value than its mode allows, and symmetric in sign', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -AMOUNT_MAX, max: AMOUNT_MAX }),
        fc.bigInt({ min: -20_000n, max: 20_000n }),
        fc.bigInt({ min: 1n, max: 20_000n }),
        (minorUnits, numerator, denominator) => {
          const rate = { numerator, denominator };
          const error = (rounded: bigint) =>
            absolute(rounded * denominator - minorUnits * numerator);
          expect(2n * error(percentage(minorUnits, rate)) <= denominator).toBe(true);
          expect(2n * error(percentage(minorUnits, rate, 'half_up')) <= denominator).toBe(true);
          expect(error(percentage(minorUnits, rate, 'down')) < denominator).toBe(true);
          expect(percentage(-minorUnits, rate)).toBe(-percentage(minorUnits, rate));
        },
      ),
    );
  });
});
