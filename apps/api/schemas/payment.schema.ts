import { z } from 'zod';
import { PAYMENT_STATUSES } from '../../../libs/payments/payment-status.js';

/** Shapes of answers. They document what the views give; they validate nothing at run time. */
const amountView = z
  .union([z.int(), z.string().regex(/^-?\d+$/)])
  .meta({ description: 'Minor units: a number up to 2^53 - 1, a string of digits above.' });
const instant = z.iso.datetime();
const operation = z.enum(['authorize', 'purchase', 'capture', 'increment', 'void', 'refund']);

export const paymentSchema = z.object({
  id: z.string().meta({ examples: ['pay_0b9d4f7a3a5c5f0e8d5b6a7c8e9f0a1b'] }),
  status: z.enum(PAYMENT_STATUSES),
  amount: amountView,
  currency: z.string(),
  amount_authorized: amountView,
  amount_captured: amountView,
  amount_refunded: amountView,
  amount_charged_back: amountView,
  capture_method: z.enum(['automatic', 'manual']),
  customer_id: z.string().nullable(),
  order_id: z.string().nullable(),
  description: z.string().nullable(),
  metadata: z.record(z.string(), z.string()).nullable(),
  gateway: z.string().nullable(),
  attempts: z.array(
    z.object({
      number: z.int(),
      gateway: z.string(),
      outcome: z.enum([
        'authorized',
        'declined',
        'refused',
        'unknown',
        'requires_action',
        'pending',
      ]),
      code: z.string().nullable(),
      at: instant,
    }),
  ),
  refunds: z.array(
    z.object({
      id: z.string(),
      amount: amountView,
      status: z.enum(['pending', 'succeeded', 'failed']),
      reason: z.string().nullable(),
      created_at: instant,
    }),
  ),
  disputes: z.array(
    z.object({
      id: z.string(),
      amount: amountView,
      status: z.enum(['open', 'won', 'lost']),
      opened_at: instant,
    }),
  ),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  next_action: z.object({ type: z.literal('redirect'), url: z.string() }).nullable(),
  authorization_expires_at: instant.nullable(),
  open_operation: z
    .object({ operation, amount: amountView, since: instant, state: z.enum(['sent', 'unknown']) })
    .nullable(),
  created_at: instant,
  updated_at: instant,
  revision: z.int(),
});

const json = z.record(z.string(), z.unknown());

export const dryRunSchema = z.object({
  events: z.array(z.object({ type: z.string(), version: z.int(), data: json })),
});

export const eventSchema = z.object({
  id: z.string(),
  position: z.string().meta({ description: 'Opaque; what `after` takes.' }),
  stream: z.string(),
  revision: z.int(),
  type: z.string(),
  version: z.int(),
  data: json,
  metadata: z
    .object({
      at: instant,
      correlationId: z.string(),
      causationId: z.string(),
      actor: z.string(),
      hash: z.string(),
    })
    .loose(),
});

export const lifecycleSchema = z.object({
  statuses: z.array(z.string()),
  commands: z.record(z.string(), z.record(z.string(), z.string())),
  transitions: z.array(json),
  rule: z.array(z.object({ when: z.string(), status: z.string() })),
});

export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    data: z.array(item),
    next_cursor: z
      .string()
      .nullable()
      .meta({ description: 'Gives the next page; null on the last.' }),
  });
}

export const auditEntrySchema = z.object({
  event_id: z.string(),
  stream: z.string(),
  revision: z.int(),
  hash: z.string(),
  payment_id: z.string().nullable(),
  type: z.string(),
  actor: z.string(),
  at: instant,
  reason: z.string().nullable(),
  correlation_id: z.string(),
  causation_id: z.string(),
  before: z.unknown(),
  after: z.unknown(),
});

export const reviewEntrySchema = z.object({
  payment_id: z.string(),
  merchant_id: z.string(),
  customer_id: z.string().nullable(),
  amount: amountView,
  currency: z.string(),
  origin: z
    .enum(['INITIATED', 'AUTHORIZED'])
    .meta({ description: 'Where an approval lets it go on.' }),
  reasons: z.array(z.string()),
  since: instant,
});

export const historyRowSchema = z.object({
  payment_id: z.string(),
  customer_id: z.string().nullable(),
  order_id: z.string().nullable(),
  status: z.enum(PAYMENT_STATUSES),
  currency: z.string(),
  amount: amountView,
  amount_authorized: amountView,
  amount_captured: amountView,
  amount_refunded: amountView,
  amount_charged_back: amountView,
  created_at: instant,
  updated_at: instant,
});

export const statementSchema = z.object({
  merchant_id: z.string().nullable().meta({ description: 'Null: payments of all merchants.' }),
  customer_id: z.string(),
  currency: z.string(),
  from: instant.nullable(),
  to: instant.nullable(),
  opening_balance: amountView,
  lines: z.array(
    z.object({
      at: instant,
      payment_id: z.string(),
      revision: z.int().meta({ description: "Of the payment's event that moved the money." }),
      kind: z.enum(['capture', 'refund', 'chargeback', 'reversal']),
      amount: amountView,
      balance: amountView,
    }),
  ),
  closing_balance: amountView,
  proof: z
    .object({
      log_id: z.string(),
      from: z.string(),
      to: z.string(),
      opening_events: z.int(),
      opening_hash: z.string(),
      events: z.int(),
      hash: z.string(),
    })
    .meta({
      description:
        'The part of the log that it was computed from, and a hash over its figures and events: `tillstream verify statement` computes both again.',
    }),
});

export const projectionsSchema = z.object({
  data: z.array(
    z.object({
      name: z.string(),
      position: z.string(),
      lag_events: z.int().meta({ description: 'Events behind it; counted up to 10,000.' }),
      lag_seconds: z.number(),
      version: z.int(),
      state: z.enum(['live', 'rebuilding', 'stopped']),
    }),
  ),
});

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string().meta({ description: 'Stable.' }),
  correlation_id: z.string(),
  errors: z.array(
    z.object({
      pointer: z.string().optional().meta({ description: 'JSON pointer into the body.' }),
      parameter: z.string().optional(),
      header: z.string().optional(),
      detail: z.string(),
    }),
  ),
  id: z.string().optional().meta({
    description:
      'With `KEY_ALREADY_CREATED`: the key that was made. With `KEY_ALREADY_ROTATED`: the successor.',
  }),
  lag_events: z.int().optional().meta({
    description: 'With `READ_MODEL_BEHIND`: events that the read model has still to take.',
  }),
});
