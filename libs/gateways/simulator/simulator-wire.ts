import { z } from 'zod';
import { DECLINE_CODES, type DeclineCode } from '../../payments/failure-codes.js';
import type { GatewayCall, GatewayFact } from '../payment-gateway.js';

// reason: Object.keys forgets the type of the keys, and z.enum wants at least one
const declineCode = z.enum(Object.keys(DECLINE_CODES) as [DeclineCode, ...DeclineCode[]]);
const amount = z
  .string()
  .regex(/^(0|[1-9]\d{0,17})$/)
  .transform(BigInt);
const currency = z.string().regex(/^[A-Z]{3}$/);
const instant = z.iso.datetime();

const common = { key: z.string(), operation: z.string(), reference: z.string().min(1) };

/** The simulator's word on an operation. Fields that it may add later are let pass. */
export const answerShape = z.discriminatedUnion('status', [
  z.object({
    ...common,
    status: z.literal('approved'),
    amount,
    currency,
    expires_at: instant.nullable(),
    settled: z.boolean(),
    authorization_gone: z.boolean(),
  }),
  z.object({
    ...common,
    status: z.literal('declined'),
    decline_code: declineCode,
    message: z.string(),
    authorization_gone: z.boolean(),
  }),
  z.object({ ...common, status: z.literal('requires_action'), redirect_url: z.url() }),
  z.object({ ...common, status: z.literal('pending') }),
]);

export const problemShape = z.object({ error: z.object({ code: z.string() }) });

const fact = z.object({
  id: z.string().min(1),
  payment_id: z.string(),
  key: z.string(),
  reference: z.string().min(1),
  at: instant,
  amount,
  currency,
});
const disputeFact = fact.extend({ dispute_id: z.string().min(1) });

const factShape = z.discriminatedUnion('type', [
  fact.extend({ type: z.literal('settled') }),
  fact.extend({ type: z.literal('settlement_failed') }),
  fact.extend({ type: z.literal('refund_succeeded') }),
  fact.extend({ type: z.literal('refund_failed') }),
  fact.extend({ type: z.literal('authorization_gone') }),
  disputeFact.extend({ type: z.literal('dispute_opened') }),
  disputeFact.extend({ type: z.literal('dispute_won') }),
  disputeFact.extend({ type: z.literal('dispute_lost') }),
  fact.extend({
    type: z.literal('operation_approved'),
    expires_at: instant.nullable(),
    settled: z.boolean(),
  }),
  fact.extend({
    type: z.literal('operation_declined'),
    decline_code: declineCode,
    message: z.string(),
  }),
]);

/** A webhook; types that a later simulator may tell of have other data. */
const webhookShape = z.object({ type: z.string(), data: z.unknown() });
const factTypes: ReadonlySet<string> = new Set(
  factShape.options.flatMap(({ shape }) => shape.type.value),
);

/** Null: the shape is wrong; `unknown`: of no concern to this release. */
export function webhookFact(body: unknown): GatewayFact | 'unknown' | null {
  const webhook = webhookShape.safeParse(body);
  if (!webhook.success) return null;
  if (!factTypes.has(webhook.data.type)) return 'unknown';
  const told = factShape.safeParse(webhook.data.data);
  return told.success ? factOf(told.data) : null;
}

export const factsShape = z.object({
  data: z.array(factShape),
  next_cursor: z.string().nullable(),
});

export function factOf(told: z.output<typeof factShape>): GatewayFact {
  return {
    id: told.id,
    paymentId: told.payment_id,
    key: told.key,
    reference: told.reference,
    at: told.at,
    amount: told.amount,
    currency: told.currency,
    kind: kindOf(told),
  };
}

function kindOf(told: z.output<typeof factShape>): GatewayFact['kind'] {
  switch (told.type) {
    case 'settled':
    case 'settlement_failed':
    case 'refund_succeeded':
    case 'refund_failed':
    case 'authorization_gone':
      return { type: told.type };
    case 'dispute_opened':
    case 'dispute_won':
    case 'dispute_lost':
      return { type: told.type, disputeId: told.dispute_id };
    case 'operation_approved': {
      const { type, reference, expires_at: expiresAt, settled } = told;
      return { type, reference, expiresAt, settled };
    }
    case 'operation_declined':
      return { type: told.type, code: told.decline_code, message: told.message };
  }
}

/** Where a call goes and what it says; amounts travel as decimal strings, since JSON's numbers end at 2^53. */
export function wireCall(call: GatewayCall): { readonly path: string; readonly body: object } {
  const { paymentId: payment_id, currency: code } = call;
  const money = { payment_id, amount: String(call.amount), currency: code };
  switch (call.operation) {
    case 'authorize':
    case 'purchase': {
      const { type, token } = call.paymentMethod;
      const path = call.operation === 'authorize' ? '/authorizations' : '/purchases';
      return { path, body: { ...money, payment_method: { type, token } } };
    }
    case 'capture':
      return {
        path: '/captures',
        body: { ...money, reference: call.reference, final: call.final },
      };
    case 'increment':
      return { path: '/increments', body: { ...money, reference: call.reference } };
    case 'refund':
      return { path: '/refunds', body: { ...money, reference: call.reference } };
    case 'void':
      return {
        path: '/voids',
        body: { payment_id, reference: call.reference, authorization_key: call.authorizationKey },
      };
  }
}
