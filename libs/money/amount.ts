/** Smallest and largest amount of a payment or of one operation, in minor units. */
export const AMOUNT_MIN = 1n;
export const AMOUNT_MAX = 10n ** 17n;

/** True for an amount in minor units that a payment or one of its operations may have. */
export function isAmount(minorUnits: bigint): boolean {
  return minorUnits >= AMOUNT_MIN && minorUnits <= AMOUNT_MAX;
}
