/** Most parts that one amount is split into. */
export const PARTS_MAX = 10_000;

/**
 * Splits minor units into parts that differ by at most one unit; the first ones get the units that are over.
 * The parts sum exactly to the amount. Throws RangeError unless 1 <= parts <= PARTS_MAX.
 */
export function splitEvenly(minorUnits: bigint, parts: number): readonly bigint[] {
  if (!Number.isInteger(parts) || parts < 1 || parts > PARTS_MAX) {
    throw new RangeError(`An amount is split into 1 to ${PARTS_MAX} parts, not ${parts}.`);
  }
  return allocate(
    minorUnits,
    Array.from({ length: parts }, () => 1n),
  );
}

/**
 * Splits minor units by ratios, in their order, by the method of the largest remainder: each part is its exact share
 * rounded towards zero, and the units that are over go one each to the largest remainders; among equal remainders the
 * earlier part wins. The parts sum exactly to the amount, none is a whole unit away from its share, a ratio of 0
 * gets 0. A negative amount is split as its absolute value. Throws RangeError unless there are 1 to PARTS_MAX ratios,
 * none negative, not all 0.
 */
export function allocate(minorUnits: bigint, ratios: readonly bigint[]): readonly bigint[] {
  if (ratios.length < 1 || ratios.length > PARTS_MAX) {
    throw new RangeError(`An amount is allocated to 1 to ${PARTS_MAX} parts.`);
  }
  if (ratios.some((ratio) => ratio < 0n)) throw new RangeError('A ratio is negative.');
  const total = sum(ratios);
  if (total === 0n) throw new RangeError('All ratios are 0.');
  if (minorUnits < 0n) return allocate(-minorUnits, ratios).map((part) => -part);

  const shares = ratios.map((ratio, index) => ({
    index,
    floor: (minorUnits * ratio) / total,
    remainder: (minorUnits * ratio) % total,
  }));
  const over = Number(minorUnits - sum(shares.map((share) => share.floor)));
  const favoured = new Set(
    [...shares]
      .sort((a, b) => compare(b.remainder, a.remainder) || a.index - b.index)
      .slice(0, over)
      .map((share) => share.index),
  );
  return shares.map((share) => (favoured.has(share.index) ? share.floor + 1n : share.floor));
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
