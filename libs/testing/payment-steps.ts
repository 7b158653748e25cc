import type { CreatePayment } from '../payments/payment.commands.js';
import type { RiskVerdict } from '../payments/payment.events.js';
import type { Payment } from '../payments/payment.state.js';
import { answered, approved, declined, windowEnd, type ApprovedFields } from './gateway-words.js';
import { eur, eurOrNull, existing, type Step, type Steps } from './payment-story.js';
import { card, LEFT_OUT } from './plain-create.js';
import { unscoredRouting } from './unscored-routing.js';

/** What is done in payment stories: commands of clients, and steps of our own. What a gateway says is in gateway-words. */

const APPROVE: RiskVerdict = { verdict: 'approve', score: 5, reasons: [] };
export const REVIEW: RiskVerdict = { verdict: 'review', score: 60, reasons: ['velocity'] };
export const REJECT: RiskVerdict = { verdict: 'reject', score: 95, reasons: ['blocked'] };

export function initiated(amount = '10.00', fields: Partial<CreatePayment> = {}): Step {
  return (_, at) => ({
    type: 'CreatePayment',
    at,
    paymentId: 'pay_story',
    merchantId: 'mer_story',
    amount: eur(amount),
    currency: 'EUR',
    captureMethod: 'manual',
    paymentMethod: card(),
    ...LEFT_OUT,
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

/** Declined by alpha and purchased at beta; then alpha says that it approved after all. */
export function purchasedTwice(): Steps {
  return [
    attempt('purchase', 'alpha'),
    answered(declined('do_not_honor')),
    attempt('purchase', 'beta'),
    answered(approved()),
    answered(approved(), { intent: 1 }),
  ];
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
    amount: eurOrNull(amount),
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
    amount: eurOrNull(amount),
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
            amount: eurOrNull(operation.amount),
            gatewayReference: operation.outcome === 'approved' ? 'by_hand' : null,
          },
    gatewayAnswered: false,
    defaultExpiresAt: windowEnd(at),
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

export function nextKey(payment: Payment | null): string {
  return `key-${existing(payment).operations.length + 1}`;
}
