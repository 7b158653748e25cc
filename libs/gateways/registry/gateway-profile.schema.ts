import { z } from 'zod';
import { AMOUNT_MAX } from '../../money/amount.js';
import { isCurrency } from '../../money/currency.js';

const NAMES_MAX = 300;
const METHODS_MAX = 20;
const ROWS_MAX = 300;
/** Digits before and after the point of a percentage. */
const PERCENT = /^(?:100(?:\.0{1,4})?|\d{1,2}(?:\.\d{1,4})?)$/;
const WEIGHT_MAX = 100;

const CURRENCY_EXPECTED = 'must be a currency code of ISO 4217';
const currency = z.string(CURRENCY_EXPECTED).refine(isCurrency, CURRENCY_EXPECTED);

const AMOUNT_EXPECTED =
  'must be minor units: a whole number from 0 to 10^17, or its digits as a string';
/** Minor units; becomes a string of digits. */
export const minorUnitsText = z
  .union(
    [
      z.int(AMOUNT_EXPECTED).min(0, AMOUNT_EXPECTED),
      z.string(AMOUNT_EXPECTED).regex(/^(?:0|[1-9]\d{0,17})$/, AMOUNT_EXPECTED),
    ],
    AMOUNT_EXPECTED,
  )
  .transform(String)
  .refine((digits) => BigInt(digits) <= AMOUNT_MAX, AMOUNT_EXPECTED);

const PERCENT_EXPECTED =
  'must be a percentage from 0 to 100 with at most 4 decimals, such as "1.4"';
const percentText = z
  .union([z.number(PERCENT_EXPECTED), z.string(PERCENT_EXPECTED)], PERCENT_EXPECTED)
  .transform(String)
  .refine((percent) => PERCENT.test(percent), PERCENT_EXPECTED);

const limit = z
  .strictObject({
    currency,
    min: minorUnitsText.nullable().default(null),
    max: minorUnitsText.nullable().default(null),
  })
  .refine(({ min, max }) => min === null || max === null || BigInt(min) <= BigInt(max), {
    path: ['min'],
    message: 'must not be above max',
  });

const cost = z.strictObject({
  currency,
  fixed: minorUnitsText.default('0'),
  percent: percentText.default('0'),
});

/** What an operator may change of a gateway, and GATEWAYS may begin it with. Null lists: all of them. */
export const gatewayProfileFields = {
  enabled: z.boolean(),
  currencies: listOf(currency, NAMES_MAX).nullable(),
  methods: listOf(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/), METHODS_MAX).nullable(),
  countries: listOf(
    z.string().regex(/^[A-Z]{2}$/, 'must be a country code of ISO 3166-1 alpha-2'),
    NAMES_MAX,
  ).nullable(),
  limits: onePerCurrency(limit),
  cost: onePerCurrency(cost),
  weight: z
    .number()
    .min(0)
    .max(WEIGHT_MAX)
    .meta({ description: 'Factor on the total of the scores; 1 changes nothing.' }),
};

/** Any part of a profile. */
export const gatewayPatchSchema = z
  .strictObject(gatewayProfileFields)
  .partial()
  .meta({ description: 'Any part of what is configured of a gateway.' });

export type GatewayPatch = z.output<typeof gatewayPatchSchema>;

function listOf<Item extends z.ZodType<string>>(item: Item, countMax: number) {
  return z
    .array(item)
    .min(1, 'must name at least one; null means all')
    .max(countMax)
    .refine((items) => new Set(items).size === items.length, 'must name nothing twice');
}

function onePerCurrency<Row extends z.ZodType<{ readonly currency: string }>>(row: Row) {
  return z
    .array(row)
    .max(ROWS_MAX)
    .refine(
      (rows) => new Set(rows.map((it) => it.currency)).size === rows.length,
      'must have at most one entry a currency',
    );
}
