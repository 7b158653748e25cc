import { z } from 'zod';
import { isCurrency } from '../money/currency.js';

/** Fields that several rules share. */
export const currencyCode = z
  .string('must be a currency code of ISO 4217')
  .refine(isCurrency, 'must be a currency code of ISO 4217');

export const countryCode = z
  .string('must be a country code of ISO 3166-1 alpha-2')
  .regex(/^[A-Z]{2}$/, 'must be a country code of ISO 3166-1 alpha-2');

/** An amount; as a text above 2^53, as everywhere. */
export const minorUnits = z
  .union(
    [z.string().regex(/^(0|[1-9]\d{0,17})$/), z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)],
    'must be an amount in minor units',
  )
  .transform(BigInt);

const VALUES_MAX = 10_000;
const VALUE_CHARS_MAX = 255;

/** The values of a list. */
export const listValues = z
  .array(z.string('must be a text').min(1).max(VALUE_CHARS_MAX))
  .min(1)
  .max(VALUES_MAX)
  .transform((values): ReadonlySet<string> => new Set(values));

/** Codes of which a payment must, or must not, have one. */
export function onlyOrNot(code: z.ZodType<string>) {
  const codes = z.array(code).min(1).max(VALUES_MAX).optional();
  return z
    .strictObject({ only: codes, not: codes })
    .refine(
      ({ only, not }) => (only === undefined) !== (not === undefined),
      'needs one of only and not',
    );
}
