import type { z } from 'zod';
import type { OperationId } from '../access-table.js';
import type { AnswerSpec, RouteSpec } from '../http/route-spec.js';
import { dryRunSchema, paymentSchema } from '../schemas/payment.schema.js';
import { commandQuery } from '../schemas/queries.schema.js';

interface CommandOptions<Body extends z.ZodType> {
  readonly operation: OperationId;
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly body: Body;
  readonly bodyOptional?: boolean;
  readonly idempotencyKey: 'required' | 'optional';
  /** Status of an answer that is decided. */
  readonly decided: 200 | 201;
  readonly refusals: Readonly<Record<number, readonly string[]>>;
}

/** What all commands on payments have in common. */
export function commandSpec<Body extends z.ZodType>(options: CommandOptions<Body>) {
  const { decided, refusals, ...spec } = options;
  const isCreate = spec.operation === 'createPayment';
  const missing = isCreate ? {} : { 404: ['PAYMENT_NOT_FOUND'] };
  return {
    ...spec,
    method: 'POST',
    tag: 'Payments',
    query: commandQuery,
    ifMatch: true,
    answers: answers(decided, isCreate),
    refusals: { ...missing, ...refusals, 400: KEY_REFUSALS[spec.idempotencyKey] },
  } as const satisfies RouteSpec;
}

const KEY_REFUSALS = {
  required: ['IDEMPOTENCY_KEY_REQUIRED', 'IDEMPOTENCY_KEY_MALFORMED', 'IF_MATCH_MALFORMED'],
  optional: ['IDEMPOTENCY_KEY_MALFORMED', 'IF_MATCH_MALFORMED'],
} as const;

const HEADERS = ['ETag', 'Tillstream-Position', 'Idempotency-Replayed'] as const;

function answers(decided: 200 | 201, isCreate: boolean): Record<number, AnswerSpec> {
  const headers = isCreate ? [...HEADERS, 'Location' as const] : HEADERS;
  const open = 'The outcome is still open; read it later with GET.';
  const dryRun = 'With dry_run=true: the events of the first append.';
  const payment = { body: paymentSchema, headers };
  return {
    200:
      decided === 200
        ? { ...payment, body: paymentSchema.or(dryRunSchema), description: `Decided. ${dryRun}` }
        : { description: dryRun, body: dryRunSchema },
    ...(decided === 201 && { 201: { ...payment, description: 'Decided, also when declined.' } }),
    202: { ...payment, description: open },
  };
}
