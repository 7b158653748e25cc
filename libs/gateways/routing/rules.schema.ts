import { z } from 'zod';
import { isCurrency } from '../../money/currency.js';
import type { RoutingPreference } from '../../payments/routing-decision.js';
import { minorUnitsText } from '../registry/gateway-profile.schema.js';
import type { RuleCondition } from './rule-condition.js';
import { ROUTING_SIGNALS } from './routing-signals.js';

const RULES_MAX = 100;
export const CONDITION_DEPTH_MAX = 5;
const CONDITIONS_MAX = 20;
const TEXTS_MAX = 200;
const TEXT_CHARS_MAX = 255;
const GATEWAYS_MAX = 50;
const ROUTING_WEIGHT_MAX = 1_000;

const text = z.string('must be a text').min(1).max(TEXT_CHARS_MAX);
const texts = z.array(text).min(1).max(TEXTS_MAX);

function textCondition<Item extends z.ZodType<string>>(item: Item) {
  const expected = 'must be a valid text, or {"in": [...]} with a list of them';
  return z.union([item, z.strictObject({ in: z.array(item).min(1).max(TEXTS_MAX) })], expected);
}

const currency = z.string().refine(isCurrency, 'must be a currency code of ISO 4217');
const country = z.string().regex(/^[A-Z]{2}$/, 'must be a country code of ISO 3166-1 alpha-2');

const amountCondition = z
  .strictObject({
    currency: currency.optional(),
    lt: minorUnitsText.optional(),
    lte: minorUnitsText.optional(),
    gt: minorUnitsText.optional(),
    gte: minorUnitsText.optional(),
    between: z
      .tuple([minorUnitsText, minorUnitsText])
      .refine(([low, high]) => BigInt(low) <= BigInt(high), 'must begin with the lower end')
      .optional(),
  })
  .refine(
    ({ currency: _currency, ...bounds }) => Object.values(bounds).some((it) => it !== undefined),
    'needs one of lt, lte, gt, gte, between',
  );

const metadataCondition = z
  .strictObject({ key: text, equals: z.string().max(500).optional(), in: texts.optional() })
  .refine(
    (condition) => (condition.equals === undefined) !== (condition.in === undefined),
    'needs one of equals and in',
  );

/** Conditions beside each other must all hold. Levels are spelled out, so that nothing nests without end. */
function conditionSchema(depth: number): z.ZodType<RuleCondition> {
  const leaves = {
    amount: amountCondition.optional(),
    currency: textCondition(currency).optional(),
    country: textCondition(country).optional(),
    network: textCondition(text).optional(),
    method: textCondition(text).optional(),
    customer_id: textCondition(text).optional(),
    merchant_id: textCondition(text).optional(),
    order_id: textCondition(text).optional(),
    metadata: metadataCondition.optional(),
  };
  if (depth === 0) return z.strictObject(leaves);
  const inner = conditionSchema(depth - 1);
  return z.strictObject({
    ...leaves,
    all: z.array(inner).min(1).max(CONDITIONS_MAX).optional(),
    any: z.array(inner).min(1).max(CONDITIONS_MAX).optional(),
    not: inner.optional(),
  });
}

const gatewayName = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'must be the name of a gateway');
const gatewayNames = z
  .array(gatewayName)
  .min(1)
  .max(GATEWAYS_MAX)
  .refine((names) => new Set(names).size === names.length, 'must name no gateway twice');

const percent = z
  .number()
  .gt(0, 'must be above 0')
  .max(100, 'must be at most 100')
  .refine(
    (value) => Math.abs(value * 100 - Math.round(value * 100)) < 1e-6,
    'must have at most 2 decimals',
  );

const split = z
  .array(z.strictObject({ gateway: gatewayName, percent }))
  .min(1)
  .max(GATEWAYS_MAX)
  .refine(
    (shares) => new Set(shares.map(({ gateway }) => gateway)).size === shares.length,
    'must name no gateway twice',
  )
  .refine(
    (shares) => shares.reduce((sum, share) => sum + Math.round(share.percent * 100), 0) === 10_000,
    'must sum to 100 percent',
  );

const preferenceShape = z.strictObject({
  prefer: gatewayNames.optional(),
  only: gatewayNames.optional(),
  avoid: gatewayNames.optional(),
  split: split.optional(),
});

const preference = preferenceShape
  .refine(
    (given) => Object.values(given).filter((it) => it !== undefined).length === 1,
    'needs exactly one of prefer, only, avoid, split',
  )
  // reason: exactly one member is there, which an object of optional members can't say
  .transform((given) => given as RoutingPreference);

const rule = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be a name of 1 to 64'),
  when: conditionSchema(CONDITION_DEPTH_MAX).default({}),
  then: preference,
});

const weight = z.number().min(0).max(ROUTING_WEIGHT_MAX).default(0);

/** How much each score counts; only their proportion matters, and what is not named counts nothing. */
export const routingWeightsSchema = z
  .strictObject(Object.fromEntries(ROUTING_SIGNALS.map(({ name }) => [name, weight])))
  .refine((weights) => Object.values(weights).some((it) => it > 0), 'needs one weight above 0');

/** Rules in order; the first whose conditions hold is applied. */
export const routingRulesSchema = z.strictObject({
  rules: z
    .array(rule)
    .max(RULES_MAX)
    .refine(
      (rules) => new Set(rules.map(({ id }) => id)).size === rules.length,
      'must give every rule an id of its own',
    ),
  weights: routingWeightsSchema.optional(),
});

export type RoutingRule = z.output<typeof rule>;
export type RoutingRulesInput = z.output<typeof routingRulesSchema>;
