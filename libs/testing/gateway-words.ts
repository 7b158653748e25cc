import type { DeclineCode } from '../payments/failure-codes.js';
import type { GatewayAnswer, GatewayFact } from '../payments/gateway-answer.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { openIntentOf } from '../payments/payment.totals.js';
import { eurOrNull, existing, type Step } from './payment-story.js';

/** What a gateway says in payment stories: answers to an intent, and facts; and what is done where no word comes. */

const WINDOW_MS = 7 * 86_400_000;
const ACTION_MS = 1_800_000;

export interface AnsweredFields {
  readonly intent?: number;
  readonly soleSender?: boolean;
  readonly otherGateway?: boolean;
}

/** The gateway's word on an intent: the open one unless another is named. */
export function answered(answer: AnswerFor, fields: AnsweredFields = {}): Step {
  return (payment, at) => {
    const operation = operationOf(payment, fields.intent);
    return {
      type: 'RecordAnswer',
      at,
      intent: operation.intent,
      answer: answer(operation, existing(payment)),
      soleSender: fields.soleSender ?? true,
      otherGateway: fields.otherGateway ?? true,
      defaultExpiresAt: windowEnd(at),
      actionTimesOutAt: later(at, ACTION_MS),
    };
  };
}

export function takenOver(intent?: number): Step {
  return (payment, at) => ({
    type: 'TakeOver',
    at,
    intent: operationOf(payment, intent).intent,
    reason: 'taken_over',
  });
}

/** The window of an authorization is over and the gateway was asked. */
export function askedAuthorization(gone: boolean, expiresAt: string | null = null): Step {
  return (_, at) => ({ type: 'RecordAuthorizationWord', at, gone, expiresAt });
}

type AnswerFor = (operation: Operation, payment: Payment) => GatewayAnswer;

export interface ApprovedFields {
  readonly settled?: boolean;
  readonly gone?: boolean;
  readonly currency?: string;
  readonly expiresAt?: string;
}

/** Approved for what was asked, unless another amount is named. */
export function approved(amount?: string, more: ApprovedFields = {}): AnswerFor {
  return (operation, payment) => ({
    outcome: 'approved',
    reference: `${operation.gateway}_${operation.intent}`,
    amount: eurOrNull(amount) ?? operation.amount,
    currency: more.currency ?? payment.currency,
    expiresAt: more.expiresAt ?? null,
    settled: more.settled ?? false,
    authorizationGone: more.gone ?? false,
  });
}

export function declined(code: DeclineCode = 'insufficient_funds', gone = false): AnswerFor {
  return () => ({ outcome: 'declined', code, message: 'No.', authorizationGone: gone });
}

export function requiresAction(): AnswerFor {
  return (operation) => ({
    outcome: 'requires_action',
    reference: `${operation.gateway}_${operation.intent}`,
    redirectUrl: 'https://acs.example/act',
  });
}

export function pending(): AnswerFor {
  return (operation) => ({
    outcome: 'pending',
    reference: `${operation.gateway}_${operation.intent}`,
  });
}

export function refused(reason: 'rejected' | 'rate_limited' | 'not_sent' = 'rejected'): AnswerFor {
  return () => ({ outcome: 'refused', reason, message: 'Bad request.' });
}

export function unknown(): AnswerFor {
  return () => ({ outcome: 'unknown', message: 'timeout' });
}

export interface FactFields {
  /** Of the operation that the fact is about; the last one unless named. */
  readonly intent?: number;
  readonly amount?: string;
  /** The fact's own id; made from kind and intent unless given, so that the same step twice is a repeat. */
  readonly id?: string;
  /** Instead of the operation's own, for an operation that the stream does not know. */
  readonly key?: string;
}

export function fact(kind: GatewayFact['kind'], fields: FactFields = {}): Step {
  return (payment, at) => {
    const known = existing(payment);
    const operation = known.operations[(fields.intent ?? known.operations.length) - 1];
    return {
      type: 'RecordFact',
      at,
      gateway: operation?.gateway ?? 'alpha',
      fact: {
        id: fields.id ?? `${kind.type}_${operation?.intent}`,
        paymentId: known.id,
        key: fields.key ?? operation?.key ?? 'unknown-key',
        at,
        amount: eurOrNull(fields.amount) ?? operation?.amount ?? 1n,
        currency: known.currency,
        kind,
      },
      defaultExpiresAt: windowEnd(at),
    };
  };
}

export const settled = (fields: FactFields = {}) => fact({ type: 'settled' }, fields);
export const settlementFailed = (fields: FactFields = {}) =>
  fact({ type: 'settlement_failed' }, fields);
export const refundSucceeded = (fields: FactFields = {}) =>
  fact({ type: 'refund_succeeded' }, fields);
export const refundFailed = (fields: FactFields = {}) => fact({ type: 'refund_failed' }, fields);
export const gone = (fields: FactFields = {}) => fact({ type: 'authorization_gone' }, fields);
export const lateDecline = (fields: FactFields = {}) =>
  fact({ type: 'operation_declined', code: 'generic_decline', message: 'No.' }, fields);
export const lateApproval = (fields: FactFields & { readonly settled?: boolean } = {}) =>
  fact(
    {
      type: 'operation_approved',
      reference: `late_${fields.intent}`,
      expiresAt: null,
      settled: fields.settled ?? false,
    },
    fields,
  );

export function dispute(
  type: 'opened' | 'won' | 'lost',
  fields: FactFields & { readonly dispute?: string } = {},
): Step {
  const disputeId = fields.dispute ?? 'dis_1';
  return fact(
    { type: `dispute_${type}`, disputeId },
    { id: `dispute_${type}_${disputeId}`, ...fields },
  );
}

/** Of an authorization whose gateway names no end. */
export function windowEnd(at: string): string {
  return later(at, WINDOW_MS);
}

function operationOf(payment: Payment | null, intent: number | undefined): Operation {
  const known = existing(payment);
  const operation =
    intent === undefined
      ? (openIntentOf(known) ?? known.operations.at(-1))
      : known.operations[intent - 1];
  if (operation === undefined) throw new Error(`The story has no intent ${intent ?? ''}.`);
  return operation;
}

function later(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString();
}
