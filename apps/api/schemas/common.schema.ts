import { z } from 'zod';
import { AMOUNT_MAX } from '../../../libs/money/amount.js';
import { isCurrency } from '../../../libs/money/currency.js';

const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);
const AMOUNT_EXPECTED =
  'must be an integer of minor units from 1 to 10^17, a number up to 2^53 - 1 and a string of digits above';

/** Minor units of a currency. Stays as it was written, so that equal amounts are equal JSON. */
export const amountSchema = z
  .union(
    [
      z.int(AMOUNT_EXPECTED).min(1, AMOUNT_EXPECTED).max(Number.MAX_SAFE_INTEGER, AMOUNT_EXPECTED),
      z
        .string(AMOUNT_EXPECTED)
        .regex(/^[1-9]\d{15,17}$/, { error: AMOUNT_EXPECTED, abort: true })
        .refine(isLargeAmount, AMOUNT_EXPECTED),
    ],
    AMOUNT_EXPECTED,
  )
  .meta({ description: `Minor units of the currency: ${AMOUNT_EXPECTED}.`, examples: [2500] });

export type AmountInput = z.output<typeof amountSchema>;

/** The amount in minor units; null where none was given. */
export function minorUnits(amount: AmountInput): bigint;
export function minorUnits(amount: AmountInput | undefined): bigint | null;
export function minorUnits(amount: AmountInput | undefined): bigint | null {
  return amount === undefined ? null : BigInt(amount);
}

function isLargeAmount(text: string): boolean {
  const amount = BigInt(text);
  return amount > SAFE_MAX && amount <= AMOUNT_MAX;
}

export const currencySchema = z
  .string('must be a currency code of ISO 4217')
  .regex(/^[A-Z]{3}$/, { error: 'must be a currency code of ISO 4217', abort: true })
  .refine(isCurrency, 'must be a currency code of ISO 4217')
  .meta({ examples: ['EUR'] });

/** Text that the caller keeps with a payment. Lengths in characters, not in UTF-16 units. */
export function textSchema(charsMax: number, charsMin = 1) {
  return z
    .string()
    .min(charsMin)
    .refine((text) => text.length <= charsMax || Array.from(text).length <= charsMax, {
      message: `must have at most ${charsMax} characters`,
    })
    .meta({ maxLength: charsMax });
}

/** An id of the caller's own: a customer's, an order's. */
export const foreignIdSchema = textSchema(255);

/** An instant with its offset, such as `2026-01-31T12:00:00Z`; given on in UTC with milliseconds. */
export const instantSchema = z.iso
  .datetime({
    offset: true,
    error: 'must be an instant of ISO 8601 with its offset',
    abort: true,
  })
  .refine(isRealInstant, 'must be an instant of ISO 8601 with its offset')
  .transform((text) => new Date(text).toISOString())
  .meta({ examples: ['2026-01-31T12:00:00Z'] });

const YEAR_MAX = 9999;

function isRealInstant(text: string): boolean {
  const instant = new Date(text);
  const year = instant.getUTCFullYear();
  return !Number.isNaN(instant.getTime()) && year >= 1 && year <= YEAR_MAX;
}
