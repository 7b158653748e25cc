import { AMOUNT_MIN } from '../money/amount.js';
import { storedAmountOf } from '../money/stored-amount.js';
import { isMoreDaysAfter } from './days-between.js';
import { accept, reject, type Decision, type Rejected } from './decision.js';
import type {
  CancelPayment,
  CapturePayment,
  IncrementAuthorization,
  RefundPayment,
  RejectReview,
} from './payment.commands.js';
import type { PaymentEvent } from './payment.events.js';
import { CAPTURES_MAX, INCREMENTS_MAX, REFUNDS_MAX } from './payment.limits.js';
import { nextIntent } from './payment.next-intent.js';
import type { Payment } from './payment.state.js';
import { countOf, leftToCapture, leftToRefund } from './payment.totals.js';

/** Client commands that open an intent. Status, stop and open operations were checked before. */

export function capture(payment: Payment, command: CapturePayment): Decision {
  if (payment.captureMethod === 'automatic') {
    return reject('ILLEGAL_TRANSITION', 'A payment with automatic capture captures itself.');
  }
  if (countOf(payment, 'capture') >= CAPTURES_MAX) {
    return reject('CAPTURE_LIMIT_REACHED', `A payment has at most ${CAPTURES_MAX} captures.`);
  }
  if (payment.wish !== null) return beingVoided();
  const left = leftToCapture(payment);
  const amount = command.amount ?? left;
  if (amount > left || amount < AMOUNT_MIN) {
    const detail = `At most ${left} minor units can still be captured.`;
    return reject('CAPTURE_EXCEEDS_AUTHORIZED', detail);
  }
  if (command.unsupported) return unsupported('another capture');
  const base = baseOf(payment);
  if (base === null) return reject('CAPTURE_EXCEEDS_AUTHORIZED', 'Nothing is authorized.');
  return accept({
    type: 'CaptureRequested',
    data: {
      intent: payment.operations.length + 1,
      key: command.key,
      amount: storedAmountOf(amount),
      currency: payment.currency,
      gateway: base.gateway,
      reference: base.reference,
      final: command.final,
      trigger: 'command',
    },
  });
}

export function cancel(payment: Payment, command: CancelPayment): Decision {
  const { reason } = command;
  const { phase } = payment;
  if (phase.name === 'REQUIRES_ACTION') {
    const attempt = payment.operations[phase.intent - 1];
    if (attempt === undefined) return reject('ILLEGAL_TRANSITION', 'Nothing to cancel.');
    const released = {
      ...nextIntent(payment, command, attempt.amount),
      gateway: attempt.gateway,
      target: attempt.intent,
      reference: attempt.reference,
    };
    return accept({ type: 'VoidRequested', data: { ...released, cause: 'cancel', reason } });
  }
  const base = heldBase(payment);
  if (base === null) return accept({ type: 'PaymentCancelled', data: { reason } });
  const released = {
    ...nextIntent(payment, command, leftToCapture(payment)),
    gateway: base.gateway,
    target: base.intent,
    reference: base.reference,
  };
  return accept({ type: 'VoidRequested', data: { ...released, cause: 'cancel', reason } });
}

export function increment(payment: Payment, command: IncrementAuthorization): Decision {
  if (payment.captureMethod === 'automatic') {
    return reject('ILLEGAL_TRANSITION', 'A payment with automatic capture captures itself.');
  }
  if (countOf(payment, 'increment') >= INCREMENTS_MAX) {
    return reject('INCREMENT_LIMIT_REACHED', `A payment has at most ${INCREMENTS_MAX} increments.`);
  }
  if (payment.wish !== null) return beingVoided();
  if (command.amount <= payment.amountAuthorized) {
    const detail = `The new total must be above ${payment.amountAuthorized} minor units.`;
    return reject('INCREMENT_NOT_ABOVE_AUTHORIZED', detail);
  }
  if (command.unsupported) return unsupported('incrementing an authorization');
  const base = heldBase(payment);
  if (base === null) return reject('INCREMENT_NOT_ABOVE_AUTHORIZED', 'Nothing is authorized.');
  return accept({
    type: 'IncrementRequested',
    data: {
      ...nextIntent(payment, command, command.amount),
      gateway: base.gateway,
      reference: base.reference,
    },
  });
}

export function refund(payment: Payment, command: RefundPayment): Decision {
  const base = baseOf(payment);
  if (base === null || payment.amountCaptured === 0n) {
    return reject('ILLEGAL_TRANSITION', 'Nothing was captured that could be refunded.');
  }
  if (commandedRefunds(payment) >= REFUNDS_MAX) {
    return reject('REFUND_LIMIT_REACHED', `A payment has at most ${REFUNDS_MAX} refunds.`);
  }
  const capturedAt = payment.lastCaptureAt ?? payment.createdAt;
  if (isMoreDaysAfter(command.at, capturedAt, command.windowDays)) {
    const detail = `Refunds are possible for ${command.windowDays} days after the capture.`;
    return reject('REFUND_WINDOW_CLOSED', detail);
  }
  const left = leftToRefund(payment);
  const amount = command.amount ?? left;
  if (amount > left || amount < AMOUNT_MIN) {
    const detail = `At most ${left} minor units can still be refunded.`;
    return reject('REFUND_EXCEEDS_CAPTURED', detail);
  }
  if (command.unsupported) return unsupported('a partial refund');
  return accept({
    type: 'RefundRequested',
    data: {
      intent: payment.operations.length + 1,
      key: command.key,
      amount: storedAmountOf(amount),
      currency: payment.currency,
      gateway: base.gateway,
      refundId: command.refundId,
      target: base.intent,
      reference: base.reference,
      cause: 'command',
      reason: command.reason,
    },
  });
}

function commandedRefunds(payment: Payment): number {
  let count = 0;
  for (const operation of payment.operations) {
    if (operation.operation === 'refund' && operation.cause === 'command') count += 1;
  }
  return count;
}

export function rejectReview(payment: Payment, command: RejectReview): Decision {
  const { reason } = command;
  const rejected: PaymentEvent = { type: 'ReviewRejected', data: { reason } };
  const base = heldBase(payment);
  if (base === null) return accept(rejected);
  const released = {
    ...nextIntent(payment, command, leftToCapture(payment)),
    gateway: base.gateway,
    target: base.intent,
    reference: base.reference,
  };
  return accept(rejected, {
    type: 'VoidRequested',
    data: { ...released, cause: 'reject', reason },
  });
}

/** A void was asked for and declined; it is tried again, and its direction stands. */
function beingVoided(): Rejected {
  return reject('OPERATION_IN_PROGRESS', 'The authorization is being voided.');
}

function unsupported(what: string): Rejected {
  return reject('UNSUPPORTED_BY_GATEWAY', `The gateway of this payment does not offer ${what}.`);
}

function baseOf(payment: Payment) {
  const base = payment.base === null ? undefined : payment.operations[payment.base - 1];
  if (base === undefined || base.reference === null) return null;
  return { intent: base.intent, gateway: base.gateway, reference: base.reference };
}

function heldBase(payment: Payment) {
  return payment.hold?.state === 'held' ? baseOf(payment) : null;
}
