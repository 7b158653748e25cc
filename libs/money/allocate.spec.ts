import fc from 'fast-check';
import { allocate, PARTS_MAX, splitEvenly } from './allocate.js';
import { AMOUNT_MAX } from './amount.js';

const amounts = fc.bigInt({ min: -AMOUNT_MAX, max: AMOUNT_MAX });
const ratioLists = fc
  .array(fc.bigInt({ min: 0n, max: 10n ** 9n }), { minLength: 1, maxLength: 30 })
  .filter((ratios) => ratios.some((ratio) => ratio > 0n));
const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);
const absolute = (value: bigint) => (value < 0n ? -value : value);

describe('splitEvenly', () => {
  it('gives the units that are over to the first parts', () => {
    expect(splitEvenly(100n, 3)).toEqual([34n, 33n, 33n]);
    expect(splitEvenly(-100n, 3)).toEqual([-34n, -33n, -33n]);
    expect(splitEvenly(2n, 4)).toEqual([1n, 1n, 0n, 0n]);
  });

  it.each([0, -1, 1.5, Number.NaN, PARTS_MAX + 1])('refuses %p parts', (parts) => {
    expect(() => splitEvenly(100n, parts)).toThrow(RangeError);
  });

  it('keeps the sum, and no two parts differ by more than one unit (I-15)', () => {
    fc.assert(
      fc.property(amounts, fc.integer({ min: 1, max: 50 }), (minorUnits, count) => {
        const parts = splitEvenly(minorUnits, count);
        const sizes = [...parts].map(absolute).sort((a, b) => (a < b ? -1 : 1));
        expect(parts).toHaveLength(count);
        expect(sum(parts)).toBe(minorUnits);
        expect((sizes.at(-1) ?? 0n) - (sizes[0] ?? 0n) <= 1n).toBe(true);
      }),
    );
  });
});

describe('allocate', () => {
  it('gives what is over to the largest remainder, the earlier of equal ones', () => {
    expect(allocate(100n, [1n, 1n, 1n])).toEqual([34n, 33n, 33n]);
    expect(allocate(10n, [1n, 2n, 4n])).toEqual([1n, 3n, 6n]);
    expect(allocate(1n, [1n, 3n])).toEqual([0n, 1n]);
    expect(allocate(5n, [0n, 1n, 0n])).toEqual([0n, 5n, 0n]);
  });

  it.each([
    ['no ratio', []],
    ['a negative ratio', [1n, -1n, 3n]],
    ['only zeros', [0n, 0n]],
  ])('refuses %s', (_, ratios) => {
    expect(() => allocate(100n, ratios)).toThrow(RangeError);
  });

  it('keeps the sum, and no part is a whole unit away from its exact share (I-15)', () => {
    fc.assert(
      fc.property(amounts, ratioLists, (minorUnits, ratios) => {
        const parts = allocate(minorUnits, ratios);
        const total = sum(ratios);
        expect(parts).toHaveLength(ratios.length);
        expect(sum(parts)).toBe(minorUnits);
        parts.forEach((part, index) => {
          expect(absolute(part * total - minorUnits * (ratios[index] ?? 0n)) < total).toBe(true);
        });
      }),
    );
  });

  it('never gives a larger ratio less than a smaller one, and depends on nothing but its input', () => {
    fc.assert(
      fc.property(amounts, ratioLists, (minorUnits, ratios) => {
        const parts = allocate(minorUnits, ratios).map(absolute);
        expect(allocate(minorUnits, [...ratios]).map(absolute)).toEqual(parts);
        const byRatio = ratios
          .map((ratio, index) => ({ ratio, index, part: parts[index] ?? 0n }))
          .sort((a, b) => (a.ratio === b.ratio ? a.index - b.index : a.ratio > b.ratio ? -1 : 1));
        byRatio.slice(1).forEach((share, at) => {
          expect(share.part <= (byRatio[at]?.part ?? 0n)).toBe(true);
        });
      }),
    );
  });
});
