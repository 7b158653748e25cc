import { exponentOf, isCurrency } from '../../money/currency.js';

/** Currencies without decimals at Stripe that have some in ISO 4217. Source: Stripe, "Supported currencies". */
const NO_DECIMALS = new Set(['MGA']);
/** Without decimals in ISO 4217, written with two at Stripe, always 00. Source as above, "Special cases". */
const TWO_DECIMALS = new Set(['ISK', 'UGX']);
/** Of three decimals Stripe takes two: the last digit is 0. */
const THREE_DECIMALS_STEP = 10n;

/**
 * Our minor units as Stripe counts them; null where Stripe can't express the amount (a fraction that it doesn't know,
 * or beyond what its JSON numbers hold). Nothing is ever rounded.
 */
export function toStripeAmount(minorUnits: bigint, currency: string): number | null {
  const shift = decimalsShift(currency);
  if (shift === null) return null;
  const scaled = shifted(minorUnits, shift);
  if (scaled === null || scaled < 0n || scaled > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  if (exponentOf(currency) === 3 && scaled % THREE_DECIMALS_STEP !== 0n) return null;
  // reason: the library's parameters are numbers; this one is exact
  return Number(scaled);
}

/** The inverse; null where the amount or the currency (in whatever case) is none of ours. */
export function fromStripeAmount(amount: number, currency: string): bigint | null {
  const shift = decimalsShift(currency.toUpperCase());
  if (shift === null || !Number.isSafeInteger(amount) || amount < 0) return null;
  return shifted(BigInt(amount), -shift);
}

/** Decimal digits of Stripe's units; null for a currency (in whatever case) that is none of ours. */
export function stripeDecimalsOf(currency: string): number | null {
  const code = currency.toUpperCase();
  const shift = decimalsShift(code);
  return shift === null ? null : exponentOf(code) + shift;
}

/** Decimal digits that Stripe has more than ISO 4217. */
function decimalsShift(currency: string): number | null {
  if (!isCurrency(currency)) return null;
  if (NO_DECIMALS.has(currency)) return -exponentOf(currency);
  return TWO_DECIMALS.has(currency) ? 2 - exponentOf(currency) : 0;
}

function shifted(amount: bigint, digits: number): bigint | null {
  const factor = 10n ** BigInt(Math.abs(digits));
  if (digits >= 0) return amount * factor;
  return amount % factor === 0n ? amount / factor : null;
}
