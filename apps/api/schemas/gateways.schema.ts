import { z } from 'zod';
import {
  gatewayPatchSchema,
  gatewayProfileFields,
} from '../../../libs/gateways/registry/gateway-profile.schema.js';
import { textSchema } from './common.schema.js';
import { REASON_CHARS_MAX } from './payment-bodies.schema.js';

export const changeReasonSchema = textSchema(REASON_CHARS_MAX)
  .optional()
  .meta({ description: 'Why; stands in the audit trail.' });

export const changeGatewaySchema = z
  .strictObject(gatewayProfileFields)
  .partial()
  .extend({ reason: changeReasonSchema })
  .meta({ description: gatewayPatchSchema.meta()?.description });

const minorUnits = z.union([z.int(), z.string().regex(/^\d+$/)]);
const rate = z.number().min(0).max(1).nullable();
const latency = z.number().nullable();
const window = {
  samples: z.int(),
  success_rate: rate.meta({ description: 'Approved among the attempts that were decided.' }),
  error_rate: rate.meta({ description: "Calls that ended without the gateway's word." }),
  latency_p50_ms: latency,
  latency_p95_ms: latency,
  latency_p99_ms: latency,
};

/** Documents what the view gives; validates nothing at run time. */
export const gatewaySchema = z.object({
  name: z.string(),
  adapter: z.string(),
  enabled: z.boolean(),
  currencies: z.array(z.string()).nullable().meta({ description: 'Null: all.' }),
  methods: z.array(z.string()).nullable(),
  countries: z.array(z.string()).nullable(),
  limits: z.array(
    z.object({ currency: z.string(), min: minorUnits.nullable(), max: minorUnits.nullable() }),
  ),
  cost: z.array(z.object({ currency: z.string(), fixed: minorUnits, percent: z.number() })),
  weight: z.number(),
  health: z.object({
    score: z.number().min(0).max(1),
    reason: z.string(),
    ...window,
    last_minute: z.object(window),
    by: z.array(z.object({ currency: z.string(), method: z.string(), ...window })),
  }),
  breaker: z.enum(['CLOSED', 'OPEN', 'HALF_OPEN']),
  reason: z.string().meta({ description: 'Whether it takes payments, and why not.' }),
});

export const gatewaysSchema = z.object({ data: z.array(gatewaySchema) });

export const gatewayWebhookSchema = z
  .record(z.string(), z.unknown())
  .meta({ description: 'As the gateway sends it; its signature is checked over the raw bytes.' });

export const webhookReceivedSchema = z.object({
  received: z.int().meta({ description: 'Facts that the webhook told, known ones included.' }),
});
