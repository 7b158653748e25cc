import { ISO_4217_CODES_BY_EXPONENT } from './iso-4217.js';

/** True for a current ISO 4217 code (upper case) that has a minor unit. */
export function isCurrency(code: string): boolean {
  return EXPONENTS.has(code);
}

/** Decimal digits of the currency's minor unit. Throws RangeError for a code that is no currency. */
export function exponentOf(code: string): number {
  const exponent = EXPONENTS.get(code);
  if (exponent === undefined) throw new RangeError(`${code} is no current ISO 4217 currency.`);
  return exponent;
}

/**
 * Minor units as decimal text with all digits of the exponent, dot, no grouping: 1005n EUR is `10.05`, 7n JPY `7`.
 * Throws RangeError for a code that is no currency.
 */
export function formatAmount(minorUnits: bigint, currency: string): string {
  const exponent = exponentOf(currency);
  const digits = (minorUnits < 0n ? -minorUnits : minorUnits)
    .toString()
    .padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  const sign = minorUnits < 0n ? '-' : '';
  return exponent === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-exponent)}`;
}

/**
 * The inverse of `formatAmount`; fewer decimals are fine (`10.5`, `10`), more than the exponent are not, as a minor
 * unit would be lost. null for anything else: signs other than a leading minus, exponents, spaces, grouping.
 * Throws RangeError for a code that is no currency.
 */
export function parseAmount(text: string, currency: string): bigint | null {
  const exponent = exponentOf(currency);
  if (text.length > AMOUNT_TEXT_MAX_CHARS) return null;
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '', decimals = ''] = match;
  if (decimals.length > exponent) return null;
  const minorUnits = BigInt(whole + decimals.padEnd(exponent, '0'));
  return sign === '-' ? -minorUnits : minorUnits;
}

/** Far above the longest amount; keeps BigInt() from being fed megabytes. */
const AMOUNT_TEXT_MAX_CHARS = 64;

const EXPONENTS: ReadonlyMap<string, number> = new Map(
  Object.entries(ISO_4217_CODES_BY_EXPONENT).flatMap(([exponent, codes]) =>
    codes.split(' ').map((code) => [code, Number(exponent)] as const),
  ),
);
