import { z } from 'zod';
import { PAYMENT_STATUSES } from '../../../libs/payments/payment-status.js';
import { currencySchema, foreignIdSchema, instantSchema } from './common.schema.js';

export const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;
const REVISION_MAX = 1_000_000;
const OLDER_THAN_MAX_S = 366 * 86_400;

/** A whole number in a query; the bounds are both allowed. */
function integerParameter(bounds: { readonly min: number; readonly max: number }) {
  const expected = `must be an integer from ${bounds.min} to ${bounds.max}`;
  return z
    .string(expected)
    .regex(/^\d{1,9}$/, expected)
    .transform(Number)
    .refine((value) => value >= bounds.min && value <= bounds.max, expected)
    .meta({ integer: bounds });
}

const limit = integerParameter({ min: 1, max: LIMIT_MAX });
const cursor = z.string().min(1).max(1024);
const position = z.string().min(1).max(128);
const filterId = foreignIdSchema;
const paymentId = z.string().min(1).max(64);

export const noQuery = z.strictObject({});

export const commandQuery = z.strictObject({
  dry_run: z.enum(['true', 'false']).optional().meta({
    description:
      'true: answers with the events of the first append, keeps nothing and calls no gateway.',
  }),
});

export const paymentQuery = z
  .strictObject({
    at: instantSchema.optional().meta({ description: 'The payment as it was at this instant.' }),
    revision: integerParameter({ min: 0, max: REVISION_MAX })
      .optional()
      .meta({
        description: 'The payment as it was after this revision.',
        integer: { min: 0, max: REVISION_MAX },
      }),
  })
  .refine((query) => query.at === undefined || query.revision === undefined, {
    path: ['revision'],
    message: 'does not go with at',
  });

export const eventsQuery = z
  .strictObject({
    after: position
      .optional()
      .meta({ description: 'Position of the event behind which the page begins.' }),
    cursor: position
      .optional()
      .meta({ description: 'The same as after: next_cursor of the page before.' }),
    limit: limit.optional(),
  })
  .refine((query) => query.after === undefined || query.cursor === undefined, {
    path: ['cursor'],
    message: 'does not go with after',
  });

export const listPaymentsQuery = z.strictObject({
  status: z.enum(PAYMENT_STATUSES).optional(),
  customer_id: filterId.optional(),
  order_id: filterId.optional(),
  created_from: instantSchema.optional(),
  created_to: instantSchema.optional(),
  open_operation: z.enum(['sent', 'unknown']).optional(),
  older_than_s: integerParameter({ min: 0, max: OLDER_THAN_MAX_S }).optional(),
  limit: limit.optional(),
  cursor: cursor.optional(),
  min_position: position.optional(),
});

export const listAuditQuery = z.strictObject({
  payment_id: paymentId.optional(),
  actor: z.string().min(1).max(128).optional(),
  type: z.string().min(1).max(64).optional(),
  from: instantSchema.optional(),
  to: instantSchema.optional(),
  limit: limit.optional(),
  cursor: cursor.optional(),
  min_position: position.optional(),
});

export const listReviewsQuery = z.strictObject({
  limit: limit.optional(),
  cursor: cursor.optional(),
  min_position: position.optional(),
});

export const listVersionsQuery = z.strictObject({
  limit: limit.optional(),
  cursor: z
    .string()
    .regex(/^v\d{1,9}$/, 'was not given by this list')
    .optional(),
});

export const REPORT_ROWS_MAX = 10_000;

export const historyQuery = z.strictObject({
  customer_id: filterId.optional(),
  from: instantSchema.optional(),
  to: instantSchema.optional(),
  limit: integerParameter({ min: 1, max: REPORT_ROWS_MAX }).optional(),
  cursor: cursor.optional(),
  min_position: position.optional(),
});

export const statementQuery = z
  .strictObject({
    customer_id: filterId,
    currency: currencySchema,
    from: instantSchema.optional(),
    to: instantSchema.optional(),
    min_position: position.optional(),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['to'],
    message: 'must not lie before from',
  });
