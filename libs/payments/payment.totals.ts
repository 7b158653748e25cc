import { OWN_STEP_TRIES_MAX } from './payment.limits.js';
import type { DraftPayment } from './payment.draft.js';
import type { Attempt, Capture, Operation, Payment } from './payment.state.js';
import type { PaymentStatus } from './payment-status.js';

/** Computes totals, status and stop anew from the draft's operations and disputes. */
export function settleTotals(draft: DraftPayment): void {
  let captured = 0n;
  let refunded = 0n;
  let refunding = 0n;
  for (const operation of draft.operations) {
    if (countsAsCapture(draft, operation)) captured += operation.amount;
    if (operation.operation !== 'refund' || operation.cause === 'undo') continue;
    if (operation.outcome === 'approved') refunded += operation.amount;
    else if (isInFlight(operation)) refunding += operation.amount;
  }
  draft.amountCaptured = captured;
  draft.amountRefunded = refunded;
  draft.amountRefunding = refunding;
  draft.amountChargedBack = chargedBack(draft);
  settleStop(draft);
  draft.status = statusOf(draft);
}

/** No word of the gateway ends it yet; a pending refund included. */
export function isInFlight(operation: Operation): boolean {
  return (
    operation.outcome === 'open' ||
    operation.outcome === 'unknown' ||
    operation.outcome === 'pending'
  );
}

/** An open intent: at most one a payment. A pending refund is at rest. */
export function isOpenIntent(operation: Operation): boolean {
  return (
    operation.outcome === 'open' ||
    operation.outcome === 'unknown' ||
    (operation.outcome === 'pending' && operation.operation !== 'refund')
  );
}

export function openIntentOf(payment: Payment): Operation | null {
  for (let index = payment.operations.length - 1; index >= 0; index--) {
    const operation = payment.operations[index];
    if (operation !== undefined && isOpenIntent(operation)) return operation;
  }
  return null;
}

/** How many operations of this kind the payment has had, over all its lives. */
export function countOf(payment: Payment, kind: Operation['operation']): number {
  let count = 0;
  for (const { operation } of payment.operations) if (operation === kind) count += 1;
  return count;
}

export function isAttempt(operation: Operation): operation is Attempt {
  return operation.operation === 'authorize' || operation.operation === 'purchase';
}

/** Attempts over all lives of the payment. */
export function attemptsOf(payment: Payment): number {
  return countOf(payment, 'authorize') + countOf(payment, 'purchase');
}

/** Minor units that may still be captured. */
export function leftToCapture(payment: Payment): bigint {
  if (payment.hold === null || payment.hold.state !== 'held') return 0n;
  const left = payment.amountAuthorized - payment.amountCaptured;
  return left > 0n ? left : 0n;
}

/** Minor units that a command may still refund. */
export function leftToRefund(payment: Payment): bigint {
  const left =
    payment.amountCaptured -
    payment.amountRefunded -
    payment.amountRefunding -
    payment.amountChargedBack;
  return left > 0n ? left : 0n;
}

/** Minor units of another approval that no confirmed undoing and no lost dispute has taken yet. */
export function leftToUndo(payment: Payment, attempt: Attempt): bigint {
  if (attempt.undo !== 'due') return 0n;
  if (attempt.operation === 'authorize') return attempt.voided ? 0n : attempt.amount;
  let left = attempt.amount;
  for (const operation of payment.operations) {
    if (isUndoRefundOf(operation, attempt) && operation.outcome === 'approved') {
      left -= operation.amount;
    }
  }
  for (const dispute of payment.disputes) {
    if (dispute.intent === attempt.intent && dispute.status === 'lost') left -= dispute.amount;
  }
  return left > 0n ? left : 0n;
}

/** It may be given back now: no open dispute on it, which would take it twice, and nothing of it under way. */
export function mayUndo(payment: Payment, attempt: Attempt): boolean {
  const disputed = payment.disputes.some(
    (dispute) => dispute.intent === attempt.intent && dispute.status === 'open',
  );
  const underWay = payment.operations.some(
    (operation) =>
      'target' in operation && operation.target === attempt.intent && isInFlight(operation),
  );
  return !disputed && !underWay && leftToUndo(payment, attempt) > 0n;
}

/** Other approvals that are not given back yet; no new attempt opens until there are none. */
export function openUndoings(payment: Payment): readonly Attempt[] {
  return payment.operations.filter(
    (operation): operation is Attempt =>
      isAttempt(operation) && leftToUndo(payment, operation) > 0n,
  );
}

export function hasOpenUndoing(payment: Payment): boolean {
  for (const operation of payment.operations) {
    if (isAttempt(operation) && leftToUndo(payment, operation) > 0n) return true;
  }
  return false;
}

/** By how many minor units facts have broken the money rules; 0n while all hold. */
export function moneyExcess(payment: Payment): {
  readonly captured: bigint;
  readonly refunded: bigint;
  readonly undone: bigint;
} {
  return {
    captured: capturedExcess(payment),
    refunded: refundedExcess(payment),
    undone: undoneExcess(payment),
  };
}

export function totalExcess(payment: Payment): bigint {
  return capturedExcess(payment) + refundedExcess(payment) + undoneExcess(payment);
}

function capturedExcess(payment: Payment): bigint {
  return positive(payment.amountCaptured - payment.amountAuthorized);
}

function refundedExcess(payment: Payment): bigint {
  const taken = payment.amountRefunded + payment.amountRefunding + payment.amountChargedBack;
  return positive(taken - payment.amountCaptured);
}

function undoneExcess(payment: Payment): bigint {
  let excess = 0n;
  for (const operation of payment.operations) {
    if (!isAttempt(operation) || operation.undo === 'no') continue;
    let taken = 0n;
    for (const other of payment.operations) {
      if (!isUndoRefundOf(other, operation)) continue;
      if (other.outcome === 'approved' || isInFlight(other)) taken += other.amount;
    }
    for (const dispute of payment.disputes) {
      if (dispute.intent === operation.intent && dispute.status !== 'won') taken += dispute.amount;
    }
    excess += positive(taken - operation.amount);
  }
  return excess;
}

function isUndoRefundOf(operation: Operation, attempt: Attempt): boolean {
  return (
    operation.operation === 'refund' &&
    operation.cause === 'undo' &&
    operation.target === attempt.intent
  );
}

function countsAsCapture(
  payment: Payment,
  operation: Operation,
): operation is (Attempt & { operation: 'purchase' }) | Capture {
  if (operation.outcome !== 'approved') return false;
  if (operation.operation === 'capture') return true;
  return (
    operation.operation === 'purchase' &&
    operation.intent === payment.base &&
    operation.undo === 'no' &&
    !operation.voided
  );
}

function chargedBack(payment: Payment): bigint {
  let total = 0n;
  for (const dispute of payment.disputes) {
    if (dispute.status === 'won' || isOfUndone(payment, dispute.intent)) continue;
    total += dispute.amount;
  }
  return total;
}

/** Disputes of an approval that is given back anyway count in no total. */
export function isOfUndone(payment: Payment, intent: number): boolean {
  const operation = payment.operations[intent - 1];
  return operation !== undefined && isAttempt(operation) && operation.undo !== 'no';
}

/** A broken rule that holds again lifts its stop; what is left of an excess is what is known of it. */
function settleStop(draft: DraftPayment): void {
  if (draft.knownExcess === 0n) return;
  const excess = totalExcess(draft);
  if (excess < draft.knownExcess) draft.knownExcess = excess;
  if (excess > 0n || draft.stop?.cause !== 'money_rule') return;
  // A stop that the broken rule had covered is there again.
  const exhausted = draft.ownDeclines >= OWN_STEP_TRIES_MAX;
  draft.stop = exhausted ? { cause: 'undo_exhausted' } : null;
}

function statusOf(payment: Payment): PaymentStatus {
  if (payment.amountCaptured > 0n && leftToCapture(payment) === 0n) return statusByFacts(payment);
  return payment.phase.name;
}

/** Once money is captured and nothing is left to capture, the facts decide, first match. */
function statusByFacts(payment: Payment): PaymentStatus {
  if (payment.disputes.some((d) => d.status === 'open' && !isOfUndone(payment, d.intent))) {
    return 'DISPUTED';
  }
  if (payment.amountRefunding > 0n) return 'REFUND_INITIATED';
  const taken = payment.amountRefunded + payment.amountChargedBack;
  if (taken >= payment.amountCaptured) {
    return payment.lastTaker === 'dispute' ? 'DISPUTED' : 'REFUNDED';
  }
  let allSettled = true;
  for (const operation of payment.operations) {
    if (!countsAsCapture(payment, operation)) continue;
    if (operation.settlement === 'failed') return 'FAILED';
    if (operation.settlement !== 'settled') allSettled = false;
  }
  if (taken > 0n) return 'PARTIALLY_REFUNDED';
  return allSettled ? 'COMPLETED' : 'CAPTURED';
}

function positive(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}
