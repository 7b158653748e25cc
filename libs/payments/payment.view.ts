import type { Attempt, Operation, Payment, Refund } from './payment.state.js';
import { isAttempt } from './payment.totals.js';
import type { PaymentStatus } from './payment-status.js';

/** Minor units: a number up to 2^53 - 1, a decimal string above. */
export type AmountView = number | string;

/** A payment as clients see it. Pure function of the stream up to an event, so equal events give equal bytes. */
export interface PaymentView {
  readonly id: string;
  readonly status: PaymentStatus;
  readonly amount: AmountView;
  readonly currency: string;
  readonly amount_authorized: AmountView;
  readonly amount_captured: AmountView;
  readonly amount_refunded: AmountView;
  readonly amount_charged_back: AmountView;
  readonly capture_method: 'automatic' | 'manual';
  readonly customer_id: string | null;
  readonly order_id: string | null;
  readonly description: string | null;
  readonly metadata: { readonly [name: string]: string } | null;
  readonly gateway: string | null;
  readonly attempts: readonly AttemptView[];
  readonly refunds: readonly RefundView[];
  readonly disputes: readonly DisputeView[];
  readonly failure: { readonly code: string; readonly message: string } | null;
  readonly next_action: { readonly type: 'redirect'; readonly url: string } | null;
  readonly authorization_expires_at: string | null;
  readonly open_operation: OpenOperationView | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly revision: number;
}

export interface AttemptView {
  readonly number: number;
  readonly gateway: string;
  readonly outcome:
    'authorized' | 'declined' | 'refused' | 'unknown' | 'requires_action' | 'pending';
  readonly code: string | null;
  readonly at: string;
}

export interface RefundView {
  readonly id: string;
  readonly amount: AmountView;
  readonly status: 'pending' | 'succeeded' | 'failed';
  readonly reason: string | null;
  readonly created_at: string;
}

export interface DisputeView {
  readonly id: string;
  readonly amount: AmountView;
  readonly status: 'open' | 'won' | 'lost';
  readonly opened_at: string;
}

export interface OpenOperationView {
  readonly operation: Operation['operation'];
  readonly amount: AmountView;
  readonly since: string;
  readonly state: 'sent' | 'unknown';
}

export function viewOf(payment: Payment): PaymentView {
  const attempts = payment.operations.filter(isAttempt);
  const gateway = (payment.base === null ? attempts.at(-1) : payment.operations[payment.base - 1])
    ?.gateway;
  return {
    id: payment.id,
    status: payment.status,
    amount: amountView(payment.amount),
    currency: payment.currency,
    amount_authorized: amountView(payment.amountAuthorized),
    amount_captured: amountView(payment.amountCaptured),
    amount_refunded: amountView(payment.amountRefunded),
    amount_charged_back: amountView(payment.amountChargedBack),
    capture_method: payment.captureMethod,
    customer_id: payment.customerId,
    order_id: payment.orderId,
    description: payment.description,
    metadata: payment.metadata,
    gateway: gateway ?? null,
    attempts: attempts.map(attemptView),
    refunds: payment.operations.filter(isMerchantRefund).map(refundView),
    disputes: payment.disputes.map((dispute) => ({
      id: dispute.id,
      amount: amountView(dispute.amount),
      status: dispute.status,
      opened_at: dispute.openedAt,
    })),
    failure: failureOf(payment),
    next_action: nextActionOf(payment),
    authorization_expires_at: payment.hold?.expiresAt ?? null,
    open_operation: openOperationOf(payment),
    created_at: payment.createdAt,
    updated_at: payment.updatedAt,
    revision: payment.revision,
  };
}

export function amountView(amount: bigint): AmountView {
  return amount <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(amount) : amount.toString();
}

function isMerchantRefund(operation: Operation): operation is Refund {
  return operation.operation === 'refund' && operation.cause === 'command';
}

function attemptView(attempt: Attempt, index: number): AttemptView {
  return {
    number: index + 1,
    gateway: attempt.gateway,
    outcome: ATTEMPT_OUTCOME[attempt.outcome],
    code: attempt.code,
    at: attempt.requestedAt,
  };
}

const ATTEMPT_OUTCOME = {
  open: 'pending',
  pending: 'pending',
  unknown: 'unknown',
  action: 'requires_action',
  approved: 'authorized',
  declined: 'declined',
  refused: 'refused',
} as const satisfies Record<Operation['outcome'], AttemptView['outcome']>;

function refundView(refund: Refund): RefundView {
  return {
    id: refund.refundId,
    amount: amountView(refund.amount),
    status: REFUND_STATUS[refund.outcome],
    reason: refund.reason,
    created_at: refund.requestedAt,
  };
}

const REFUND_STATUS = {
  open: 'pending',
  pending: 'pending',
  unknown: 'pending',
  action: 'pending',
  approved: 'succeeded',
  declined: 'failed',
  refused: 'failed',
} as const satisfies Record<Operation['outcome'], RefundView['status']>;

function failureOf(payment: Payment): PaymentView['failure'] {
  if (payment.status === 'FAILED') {
    return payment.phase.name === 'FAILED' && payment.amountCaptured === 0n
      ? { code: payment.phase.code, message: payment.phase.message }
      : { code: 'settlement_failed', message: 'The gateway could not settle a capture.' };
  }
  return payment.status === 'AUTHORIZED' ? payment.declined : null;
}

function nextActionOf(payment: Payment): PaymentView['next_action'] {
  if (payment.status !== 'REQUIRES_ACTION' || payment.phase.name !== 'REQUIRES_ACTION') return null;
  const attempt = payment.operations[payment.phase.intent - 1];
  return attempt !== undefined && isAttempt(attempt) && attempt.redirectUrl !== null
    ? { type: 'redirect', url: attempt.redirectUrl }
    : null;
}

function openOperationOf(payment: Payment): OpenOperationView | null {
  const open = payment.operations.find(isUnresolved) ?? askedAction(payment);
  if (open === undefined) return null;
  return {
    operation: open.operation,
    amount: amountView(open.amount),
    since: open.requestedAt,
    state: open.outcome === 'open' ? 'sent' : 'unknown',
  };
}

/** A pending refund is at rest; any other operation without the gateway's word is open. */
function isUnresolved(operation: Operation): boolean {
  return (
    operation.outcome === 'open' ||
    operation.outcome === 'unknown' ||
    (operation.outcome === 'pending' && operation.operation !== 'refund')
  );
}

/** An action whose void was declined is asked about until it ends. */
function askedAction(payment: Payment): Operation | undefined {
  if (payment.wish === null || payment.status !== 'REQUIRES_ACTION') return undefined;
  return payment.operations[payment.wish.target - 1];
}
