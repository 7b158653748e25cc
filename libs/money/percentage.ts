/**
 * What happens to half a minor unit and less. `half_even`: to the nearest, a tie to the even neighbour; `half_up`: to
 * the nearest, a tie away from zero; `down`: towards zero. All three treat an amount and its negative alike.
 */
export type Rounding = 'half_even' | 'half_up' | 'down';

/** A rate as an exact fraction: 2.9 % is `{ numerator: 29n, denominator: 1000n }`. */
export interface Rate {
  readonly numerator: bigint;
  /** Above 0. */
  readonly denominator: bigint;
}

/** 1 basis point is a hundredth of a percent: 290n is 2.9 %. */
export function basisPoints(points: bigint): Rate {
  return { numerator: points, denominator: 10_000n };
}

/** The rate's part of an amount, in whole minor units. Throws RangeError for a denominator that is not above 0. */
export function percentage(
  minorUnits: bigint,
  rate: Rate,
  rounding: Rounding = 'half_even',
): bigint {
  if (rate.denominator <= 0n) throw new RangeError('The denominator of a rate is above 0.');
  const product = minorUnits * rate.numerator;
  const magnitude = product < 0n ? -product : product;
  const floor = magnitude / rate.denominator;
  const twiceRemainder = 2n * (magnitude % rate.denominator);
  const rounded = roundsUp(floor, twiceRemainder - rate.denominator, rounding) ? floor + 1n : floor;
  return product < 0n ? -rounded : rounded;
}

/** `aboveTie`: by how much (doubled) the remainder lies above one half; 0 is a tie. */
function roundsUp(floor: bigint, aboveTie: bigint, rounding: Rounding): boolean {
  switch (rounding) {
    case 'down':
      return false;
    case 'half_up':
      return aboveTie >= 0n;
    case 'half_even':
      return aboveTie > 0n || (aboveTie === 0n && floor % 2n === 1n);
  }
}
