import { z } from 'zod';
import {
  CONDITION_DEPTH_MAX,
  routingRulesSchema,
  routingWeightsSchema,
} from '../../../libs/gateways/routing/rules.schema.js';
import { changeReasonSchema } from './gateways.schema.js';
import { createPaymentSchema } from './payment-bodies.schema.js';

export const setRoutingRulesSchema = routingRulesSchema.safeExtend({ reason: changeReasonSchema });

/** The conditions of a rule, level in level as they are checked. */
// reason: the schema is declared by the type that it gives, and is an object
export const nestedConditionSchema =
  routingRulesSchema.shape.rules.element.shape.when.unwrap() as unknown as z.ZodObject;

/** The same for readers of the description: one level, which refers to itself. */
export const ruleConditionSchema: z.ZodObject = nestedConditionSchema
  .extend({
    all: z.array(z.lazy(() => ruleConditionSchema)).optional(),
    any: z.array(z.lazy(() => ruleConditionSchema)).optional(),
    not: z.lazy(() => ruleConditionSchema).optional(),
  })
  .meta({
    description: `All that is named must hold; one that names nothing always holds. Conditions nest up to ${CONDITION_DEPTH_MAX} levels.`,
  });

export const rollBackRoutingRulesSchema = z.strictObject({
  version: z.int().min(0).max(1_000_000).meta({ description: '0: the state before any rules.' }),
  reason: changeReasonSchema,
});

export const simulateRoutingSchema = createPaymentSchema.safeExtend({
  merchant_id: z
    .string()
    .regex(/^mer_\w{1,64}$/, 'must be mer_ and letters or digits')
    .optional()
    .meta({ description: 'Whose payment it would be, for rules that ask.' }),
});

/** What follows documents what the views give; it validates nothing at run time. */
const ruleSet = {
  version: z.int(),
  rules: routingRulesSchema.shape.rules,
  weights: routingWeightsSchema,
};

export const ruleSetSchema = z.object(ruleSet);

export const ruleSetVersionSchema = z.object({
  ...ruleSet,
  at: z.iso.datetime().nullable(),
  actor: z.string().nullable(),
  reason: z.string().nullable(),
  rolled_back_to: z.int().nullable().meta({ description: 'The version whose content this is.' }),
});

const scores = z
  .record(z.string(), z.number())
  .meta({ description: 'By the name of the score: success, latency, cost, health.' });

export const simulatedRoutingSchema = z.object({
  gateway: z.string().nullable().meta({ description: 'Null: none is eligible.' }),
  candidates: z.array(
    z.object({
      gateway: z.string(),
      eligible: z.boolean(),
      reason: z.string(),
      scores: scores.nullable(),
      total: z.number().nullable(),
      inputs: z
        .record(z.string(), z.unknown())
        .nullable()
        .meta({ description: 'What the scores were computed from.' }),
      weight: z.number().nullable().meta({ description: 'Factor on the total.' }),
    }),
  ),
  weights: scores.nullable(),
  rules_version: z.int(),
  rule: z
    .object({ id: z.string(), then: z.record(z.string(), z.unknown()) })
    .nullable()
    .meta({ description: 'The rule that holds for this payment.' }),
});
