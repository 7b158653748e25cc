import { AMOUNT_MIN } from '../money/amount.js';
import { accept, reject, type Decision, type Rejected } from './decision.js';
import type {
  ApproveReview,
  CancelPayment,
  CapturePayment,
  ConfirmPayment,
  CreatePayment,
  IncrementAuthorization,
  PaymentCommand,
  RefundPayment,
  RejectReview,
  RetryPayment,
} from './payment.commands.js';
import { decideAnswer, decideAuthorizationWord, decideTakeOver } from './payment.decide-answer.js';
import { decideFact } from './payment.decide-fact.js';
import { decideResolution } from './payment.decide-resolve.js';
import {
  decideFailure,
  decideRiskAlarm,
  decideStartAttempt,
  decideStartCapture,
  decideStartUndo,
  decideStartVoid,
} from './payment.decide-steps.js';
import type { PaymentEvent, RiskVerdict } from './payment.events.js';
import { COMMAND_TABLE, FINAL_STATUSES, type LifecycleCommand } from './payment.lifecycle.js';
import { ATTEMPTS_MAX, CAPTURES_MAX, INCREMENTS_MAX, REFUNDS_MAX } from './payment.limits.js';
import type { Payment } from './payment.state.js';
import {
  isAttempt,
  isInFlight,
  leftToCapture,
  leftToRefund,
  openIntentOf,
  openUndoings,
} from './payment.totals.js';

const DAY_MS = 86_400_000;

/** Decides one command on the folded payment (null: no stream yet). Throws nothing; refusals are values. */
export function decide(payment: Payment | null, command: PaymentCommand): Decision {
  if (command.type === 'CreatePayment') return create(payment, command);
  if (payment === null) return reject('PAYMENT_NOT_FOUND', 'There is no such payment.');
  switch (command.type) {
    case 'CapturePayment':
      return admit(payment, 'capture') ?? capture(payment, command);
    case 'CancelPayment':
      return admit(payment, 'cancel') ?? cancel(payment, command);
    case 'IncrementAuthorization':
      return admit(payment, 'increment_authorization') ?? increment(payment, command);
    case 'RefundPayment':
      return admit(payment, 'refund') ?? refund(payment, command);
    case 'RetryPayment':
      return admit(payment, 'retry') ?? retry(payment, command);
    case 'ApproveReview':
      return admit(payment, 'approve') ?? approve(command);
    case 'RejectReview':
      return admit(payment, 'reject') ?? rejectReview(payment, command);
    case 'ConfirmPayment':
      return admit(payment, 'confirm') ?? confirm(command);
    case 'ResolvePayment':
      return decideResolution(payment, command);
    case 'RaiseRiskAlarm':
      return decideRiskAlarm(payment, command);
    case 'StartAttempt':
      return decideStartAttempt(payment, command);
    case 'FailPayment':
      return decideFailure(payment, command);
    case 'StartCapture':
      return decideStartCapture(payment, command);
    case 'StartVoid':
      return decideStartVoid(payment, command);
    case 'StartUndo':
      return decideStartUndo(payment, command);
    case 'RecordAnswer':
      return decideAnswer(payment, command);
    case 'TakeOver':
      return decideTakeOver(payment, command);
    case 'RecordFact':
      return decideFact(payment, command);
    case 'RecordAuthorizationWord':
      return decideAuthorizationWord(payment, command);
  }
}

/** The checks that every client command meets first, in this order; null: go on to limits and money. */
function admit(payment: Payment, command: LifecycleCommand): Rejected | null {
  const verdict = COMMAND_TABLE[payment.status][command];
  if (FINAL_STATUSES.includes(payment.status)) return illegal(payment, command);
  if (payment.stop !== null) {
    return reject('PAYMENT_STOPPED', 'An operator must resolve this payment first.');
  }
  if (isBusy(payment)) {
    return reject('OPERATION_IN_PROGRESS', 'Another call or operation of this payment is open.');
  }
  if (verdict === 'OPERATION_IN_PROGRESS') {
    return reject('OPERATION_IN_PROGRESS', 'The payment is still being processed.');
  }
  if (verdict === 'ILLEGAL_TRANSITION') return illegal(payment, command);
  return null;
}

function isBusy(payment: Payment): boolean {
  const asked = payment.wish !== null && payment.status === 'REQUIRES_ACTION';
  return payment.openCall !== null || openIntentOf(payment) !== null || asked;
}

function illegal(payment: Payment, command: LifecycleCommand): Rejected {
  return reject('ILLEGAL_TRANSITION', `A payment that is ${payment.status} accepts no ${command}.`);
}

function create(payment: Payment | null, command: CreatePayment): Decision {
  if (payment !== null) return reject('PAYMENT_EXISTS', 'The payment exists already.');
  const { type: _type, at: _at, amount, ...rest } = command;
  const initiated: PaymentEvent = {
    type: 'PaymentInitiated',
    data: { ...rest, amount: amount.toString() },
  };
  return accept(initiated, ...afterVerdict(command.risk));
}

/** What the risk verdict adds to a create or retry. */
function afterVerdict(risk: RiskVerdict): readonly PaymentEvent[] {
  switch (risk.verdict) {
    case 'approve':
      return [];
    case 'review':
      return [{ type: 'ReviewRequested', data: { origin: 'INITIATED', reasons: risk.reasons } }];
    case 'reject': {
      const message = 'The risk assessment rejected the payment.';
      return [{ type: 'PaymentFailed', data: { code: 'risk_rejected', message } }];
    }
  }
}

function capture(payment: Payment, command: CapturePayment): Decision {
  if (payment.captureMethod === 'automatic') {
    return reject('ILLEGAL_TRANSITION', 'A payment with automatic capture captures itself.');
  }
  const captures = payment.operations.filter(({ operation }) => operation === 'capture');
  if (captures.length >= CAPTURES_MAX) {
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
      ...intent(payment, command.key, amount),
      gateway: base.gateway,
      reference: base.reference,
      final: command.final,
      trigger: 'command',
    },
  });
}

function cancel(payment: Payment, command: CancelPayment): Decision {
  const { reason } = command;
  const { phase } = payment;
  if (phase.name === 'REQUIRES_ACTION') {
    const attempt = payment.operations[phase.intent - 1];
    if (attempt === undefined) return reject('ILLEGAL_TRANSITION', 'Nothing to cancel.');
    const released = {
      ...intent(payment, command.key, attempt.amount),
      gateway: attempt.gateway,
      target: attempt.intent,
      reference: attempt.reference,
    };
    return accept({ type: 'VoidRequested', data: { ...released, cause: 'cancel', reason } });
  }
  const base = heldBase(payment);
  if (base === null) return accept({ type: 'PaymentCancelled', data: { reason } });
  const released = {
    ...intent(payment, command.key, leftToCapture(payment)),
    gateway: base.gateway,
    target: base.intent,
    reference: base.reference,
  };
  return accept({ type: 'VoidRequested', data: { ...released, cause: 'cancel', reason } });
}

function increment(payment: Payment, command: IncrementAuthorization): Decision {
  if (payment.captureMethod === 'automatic') {
    return reject('ILLEGAL_TRANSITION', 'A payment with automatic capture captures itself.');
  }
  const increments = payment.operations.filter(({ operation }) => operation === 'increment');
  if (increments.length >= INCREMENTS_MAX) {
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
      ...intent(payment, command.key, command.amount),
      gateway: base.gateway,
      reference: base.reference,
    },
  });
}

function refund(payment: Payment, command: RefundPayment): Decision {
  const base = baseOf(payment);
  if (base === null || payment.amountCaptured === 0n) return illegal(payment, 'refund');
  const refunds = payment.operations.filter(
    (operation) => operation.operation === 'refund' && operation.cause === 'command',
  );
  if (refunds.length >= REFUNDS_MAX) {
    return reject('REFUND_LIMIT_REACHED', `A payment has at most ${REFUNDS_MAX} refunds.`);
  }
  const capturedAt = payment.lastCaptureAt ?? payment.createdAt;
  if (Date.parse(command.at) > Date.parse(capturedAt) + command.windowDays * DAY_MS) {
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
      ...intent(payment, command.key, amount),
      gateway: base.gateway,
      refundId: command.refundId,
      target: base.intent,
      reference: base.reference,
      cause: 'command',
      reason: command.reason,
    },
  });
}

function retry(payment: Payment, command: RetryPayment): Decision {
  const refusal = retryRefusal(payment);
  if (refusal !== null) return reject('RETRY_NOT_ALLOWED', refusal);
  const { paymentMethod, risk } = command;
  return accept(
    { type: 'RetryRequested', data: { paymentMethod, risk } },
    ...afterVerdict(command.risk),
  );
}

function retryRefusal(payment: Payment): string | null {
  if (payment.amountCaptured > 0n) return 'Money was captured already.';
  if (payment.rejected) return 'A person rejected the payment.';
  if (payment.hold?.state === 'held') return 'An authorization still stands.';
  if (openUndoings(payment).length > 0 || payment.operations.some(isInFlight)) {
    return 'Something is still open or must still be undone.';
  }
  const attempts = payment.operations.filter(isAttempt);
  if (attempts.length >= ATTEMPTS_MAX) return `All ${ATTEMPTS_MAX} attempts are used up.`;
  return null;
}

function approve(command: ApproveReview): Decision {
  return accept({ type: 'ReviewApproved', data: { reason: command.reason } });
}

function rejectReview(payment: Payment, command: RejectReview): Decision {
  const { reason } = command;
  const rejected: PaymentEvent = { type: 'ReviewRejected', data: { reason } };
  const base = heldBase(payment);
  if (base === null) return accept(rejected);
  const released = {
    ...intent(payment, command.key, leftToCapture(payment)),
    gateway: base.gateway,
    target: base.intent,
    reference: base.reference,
  };
  return accept(rejected, {
    type: 'VoidRequested',
    data: { ...released, cause: 'reject', reason },
  });
}

/** Reads only; the orchestrator asks the gateway where an action waits. */
function confirm(_command: ConfirmPayment): Decision {
  return accept();
}

/** A void was asked for and declined; it is tried again, and its direction stands. */
function beingVoided(): Rejected {
  return reject('OPERATION_IN_PROGRESS', 'The authorization is being voided.');
}

function unsupported(what: string): Rejected {
  return reject('UNSUPPORTED_BY_GATEWAY', `The gateway of this payment does not offer ${what}.`);
}

function intent(payment: Payment, key: string, amount: bigint) {
  return {
    intent: payment.operations.length + 1,
    key,
    amount: amount.toString(),
    currency: payment.currency,
  };
}

function baseOf(payment: Payment) {
  const base = payment.base === null ? undefined : payment.operations[payment.base - 1];
  if (base === undefined || base.reference === null) return null;
  return { intent: base.intent, gateway: base.gateway, reference: base.reference };
}

function heldBase(payment: Payment) {
  return payment.hold?.state === 'held' ? baseOf(payment) : null;
}
