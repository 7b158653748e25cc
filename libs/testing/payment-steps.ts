import type { DeclineCode } from '../payments/failure-codes.js';
import type { GatewayAnswer, GatewayFact } from '../payments/gateway-answer.js';
import type { CreatePayment } from '../payments/payment.commands.js';
import type { RiskVerdict } from '../payments/payment.events.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { openIntentOf } from '../payments/payment.totals.js';
import { eur, existing, type Step, type Steps } from './payment-story.js';
import { unscoredRouting } from './unscored-routing.js';

/** The words of payment stories: commands of clients, steps of our own, answers and facts of a gateway. */

const APPROVE: RiskVerdict = { verdict: 'approve', score: 5, reasons: [] };
export const REVIEW: RiskVerdict = { verdict: 'review', score: 60, reasons: ['velocity'] };
export const REJECT: RiskVerdict = { verdict: 'reject', score: 95, reasons: ['blocked'] };
const WINDOW_MS = 7 * 86_400_000;
const ACTION_MS = 1_800_000;

export function initiated(amount = '10.00', fields: Partial<CreatePayment> = {}): Step {
  return (_, at) => ({
    type: 'CreatePayment',
    at,
    paymentId: 'pay_story',
    merchantId: 'mer_story',
    amount: eur(amount),
    currency: 'EUR',
    captureMethod: 'manual',
    captureAfterS: null,
    paymentMethod: {
      type: 'card',
      token: 'tok_approve',
      network: null,
      country: null,
      last4: null,
    },
    customerId: null,
    orderId: null,
    description: null,
    metadata: null,
    customerIpHash: null,
    customerEmailHash: null,
    risk: APPROVE,
    ...fields,
  });
}

/** A payment that captures itself. */
export function automatic(amount = '10.00', fields: Partial<CreatePayment> = {}): Step {
  return initiated(amount, { captureMethod: 'automatic', ...fields });
}

export function attempt(
  operation: 'authorize' | 'purchase' = 'authorize',
  gateway = 'alpha',
): Step {
  return (payment, at) => ({
    type: 'StartAttempt',
    at,
    key: nextKey(payment),
    operation,
    gateway,
    routing: unscoredRouting(gateway),
  });
}

/** An approved authorize. */
export function authorized(amount?: string): Steps {
  return [attempt(), answered(approved(amount))];
}

/** An approved purchase. */
export function purchased(amount?: string, more: ApprovedFields = {}): Steps {
  return [attempt('purchase'), answered(approved(amount, more))];
}

export function captured(
  amount?: string,
  more: { final?: boolean; settled?: boolean } = {},
): Steps {
  return [capture(amount, more), answered(approved(undefined, { settled: more.settled ?? false }))];
}

export function refunded(amount?: string): Steps {
  return [refund(amount), answered(approved())];
}

export function capture(
  amount?: string,
  more: { final?: boolean; unsupported?: boolean } = {},
): Step {
  return (payment, at) => ({
    type: 'CapturePayment',
    at,
    key: nextKey(payment),
    amount: optional(amount),
    final: more.final ?? false,
    unsupported: more.unsupported ?? false,
  });
}

export function cancel(reason: string | null = null): Step {
  return (payment, at) => ({ type: 'CancelPayment', at, key: nextKey(payment), reason });
}

export function increment(amount: string, unsupported = false): Step {
  return (payment, at) => ({
    type: 'IncrementAuthorization',
    at,
    key: nextKey(payment),
    amount: eur(amount),
    unsupported,
  });
}

export function refund(
  amount?: string,
  more: { windowDays?: number; unsupported?: boolean } = {},
): Step {
  return (payment, at) => ({
    type: 'RefundPayment',
    at,
    key: nextKey(payment),
    refundId: `ref_${existing(payment).operations.length + 1}`,
    amount: optional(amount),
    reason: null,
    windowDays: more.windowDays ?? 180,
    unsupported: more.unsupported ?? false,
  });
}

export function retry(risk: RiskVerdict = APPROVE): Step {
  return (_, at) => ({ type: 'RetryPayment', at, paymentMethod: null, risk });
}

export function approve(): Step {
  return (_, at) => ({ type: 'ApproveReview', at, reason: null });
}

export function reject(): Step {
  return (payment, at) => ({ type: 'RejectReview', at, key: nextKey(payment), reason: null });
}

export function confirm(): Step {
  return (_, at) => ({ type: 'ConfirmPayment', at });
}

export interface Resolution {
  readonly intent: number;
  readonly outcome: 'approved' | 'declined' | 'undone';
  readonly amount?: string;
}

export function resolve(operation: Resolution | null = null): Step {
  return (_, at) => ({
    type: 'ResolvePayment',
    at,
    reason: 'Looked at by hand',
    operation:
      operation === null
        ? null
        : {
            intent: operation.intent,
            outcome: operation.outcome,
            amount: optional(operation.amount),
            gatewayReference: operation.outcome === 'approved' ? 'by_hand' : null,
          },
    gatewayAnswered: false,
    defaultExpiresAt: after(at, WINDOW_MS),
  });
}

export function riskAlarm(): Step {
  return (_, at) => ({ type: 'RaiseRiskAlarm', at, reasons: ['pattern'] });
}

export function fail(code: 'no_gateway_available' | 'attempts_exhausted' | 'risk_rejected'): Step {
  return (_, at) => ({ type: 'FailPayment', at, code, message: 'Nothing left to try.' });
}

export function startCapture(trigger: 'automatic' | 'timer' = 'timer'): Step {
  return (payment, at) => ({ type: 'StartCapture', at, key: nextKey(payment), trigger });
}

export function startVoid(
  cause: 'cancel' | 'action_timed_out' | 'capture_declined' | 'expiry',
): Step {
  return (payment, at) => ({ type: 'StartVoid', at, key: nextKey(payment), cause });
}

export function startUndo(target: number): Step {
  return (payment, at) => ({
    type: 'StartUndo',
    at,
    key: nextKey(payment),
    target,
    refundId: `ref_${existing(payment).operations.length + 1}`,
  });
}

/** The window of an authorization is over and the gateway was asked. */
export function askedAuthorization(gone: boolean, expiresAt: string | null = null): Step {
  return (_, at) => ({ type: 'RecordAuthorizationWord', at, gone, expiresAt });
}

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
      defaultExpiresAt: after(at, WINDOW_MS),
      actionTimesOutAt: after(at, ACTION_MS),
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
    amount: optional(amount) ?? operation.amount,
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
        amount: optional(fields.amount) ?? operation?.amount ?? 1n,
        currency: known.currency,
        kind,
      },
      defaultExpiresAt: after(at, WINDOW_MS),
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

export function nextKey(payment: Payment | null): string {
  return `key-${existing(payment).operations.length + 1}`;
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

function optional(amount: string | undefined): bigint | null {
  return amount === undefined ? null : eur(amount);
}

function after(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString();
}
