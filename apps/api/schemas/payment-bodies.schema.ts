import { z } from 'zod';
import { amountSchema, currencySchema, foreignIdSchema, textSchema } from './common.schema.js';

export const METADATA_KEYS_MAX = 50;
export const METADATA_CHARS_MAX = 500;
export const DESCRIPTION_CHARS_MAX = 500;
export const REASON_CHARS_MAX = 500;
/** 30 days: longer than any network keeps an authorization. */
export const CAPTURE_AFTER_MAX_S = 30 * 86_400;

const reason = textSchema(REASON_CHARS_MAX);

export const paymentMethodSchema = z.strictObject({
  type: z.literal('card'),
  token: z
    .string()
    .regex(/^[\w.-]{1,255}$/, 'must be a token: letters, digits, _ . and -')
    .meta({
      description: 'Stands for the card; card numbers are refused.',
      examples: ['tok_approve'],
    }),
  network: z
    .string()
    .regex(/^[a-z][a-z_]{0,31}$/)
    .optional()
    .meta({ examples: ['visa'] }),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be a country code of ISO 3166-1')
    .optional(),
  last4: z
    .string()
    .regex(/^\d{4}$/, 'must be the last four digits')
    .optional(),
});

const metadataSchema = z
  .record(textSchema(METADATA_CHARS_MAX), textSchema(METADATA_CHARS_MAX, 0))
  .refine((metadata) => Object.keys(metadata).length <= METADATA_KEYS_MAX, {
    message: `must have at most ${METADATA_KEYS_MAX} keys`,
  })
  .meta({
    maxProperties: METADATA_KEYS_MAX,
    description: 'Texts of your own. No place for personal data: events are kept for ever.',
  });

export const createPaymentSchema = z
  .strictObject({
    amount: amountSchema,
    currency: currencySchema,
    payment_method: paymentMethodSchema,
    capture_method: z.enum(['automatic', 'manual']).default('automatic'),
    customer_id: foreignIdSchema.optional(),
    order_id: foreignIdSchema.optional(),
    description: textSchema(DESCRIPTION_CHARS_MAX).optional(),
    metadata: metadataSchema.optional(),
    capture_after_s: z.int().min(1).max(CAPTURE_AFTER_MAX_S).optional().meta({
      description: 'Seconds after the authorization at which a manual payment captures itself.',
    }),
    customer_ip: z.union([z.ipv4(), z.ipv6()], 'must be an IP address').optional().meta({
      description: 'Kept only as a keyed hash.',
    }),
    customer_email: z
      .email()
      .max(254)
      .optional()
      .meta({ description: 'Kept only as a keyed hash.' }),
  })
  .refine((body) => body.capture_after_s === undefined || body.capture_method === 'manual', {
    path: ['capture_after_s'],
    message: 'goes with capture_method manual only',
  });

export const confirmPaymentSchema = z.strictObject({});
export const capturePaymentSchema = z.strictObject({
  amount: amountSchema.optional().meta({ description: 'Default: all that is left to capture.' }),
  final: z
    .boolean()
    .optional()
    .meta({ description: 'Nothing else will be captured; the rest is released.' }),
});
export const cancelPaymentSchema = z.strictObject({ reason: reason.optional() });
export const incrementAuthorizationSchema = z.strictObject({
  amount: amountSchema.meta({ description: 'The new total.' }),
});
export const retryPaymentSchema = z.strictObject({
  payment_method: paymentMethodSchema.optional(),
});
export const refundPaymentSchema = z.strictObject({
  amount: amountSchema.optional().meta({ description: 'Default: all that is left to refund.' }),
  reason: reason.optional(),
});
export const reviewSchema = z.strictObject({ reason: reason.optional() });

export const resolvePaymentSchema = z.strictObject({
  reason,
  operation: z
    .strictObject({
      intent: z.int().min(1).max(100_000),
      outcome: z.enum(['approved', 'declined', 'undone']),
      amount: amountSchema
        .optional()
        .meta({ description: 'With approved: what the gateway shows.' }),
      gateway_reference: z
        .string()
        .regex(/^[\x21-\x7e]{1,255}$/)
        .optional(),
    })
    .refine((operation) => operation.outcome !== 'approved' || operation.amount !== undefined, {
      path: ['amount'],
      message: 'is missing: an approval needs the amount that the gateway shows',
    })
    .optional(),
});
