import { storedAmountOf } from '../money/stored-amount.js';
import { accept, reject, type Decision, type Rejected } from './decision.js';
import type {
  ApproveReview,
  ConfirmPayment,
  CreatePayment,
  PaymentCommand,
  RetryPayment,
} from './payment.commands.js';
import { decideAnswer, decideAuthorizationWord, decideTakeOver } from './payment.decide-answer.js';
import { decideFact } from './payment.decide-fact.js';
import { cancel, capture, increment, refund, rejectReview } from './payment.decide-money.js';
import { decideResolution } from './payment.decide-resolve.js';
import {
  decideFailure,
  decideRiskAlarm,
  decideStartAttempt,
  decideStartCapture,
  decideStartUndo,
  decideStartVoid,
} from './payment.decide-steps.js';
import type { PaymentEvent, PaymentInitiated, RiskVerdict } from './payment.events.js';
import {
  COMMAND_TABLE,
  FINAL_STATUSES,
  type LifecycleCommand,
  type Verdict,
} from './payment.lifecycle.js';
import { ATTEMPTS_MAX } from './payment.limits.js';
import type { Payment } from './payment.state.js';
import { isAttempt, isInFlight, openIntentOf, openUndoings } from './payment.totals.js';

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

/** The checks that every client command meets first; null: go on to limits and money. */
function admit(payment: Payment, command: LifecycleCommand): Rejected | null {
  const verdict = COMMAND_TABLE[payment.status][command];
  if (verdict === 'accepted' && payment.stop === null && !isBusy(payment)) return null;
  return refusalOf(payment, command, verdict);
}

/** Why it is not admitted: the first of these reasons, in this order. */
function refusalOf(payment: Payment, command: LifecycleCommand, verdict: Verdict): Rejected {
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
  return illegal(payment, command);
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
  const initiated: PaymentEvent = { type: 'PaymentInitiated', data: initialData(command) };
  const verdict = eventOfVerdict(command.risk);
  return verdict === null ? accept(initiated) : accept(initiated, verdict);
}

function initialData(command: CreatePayment): PaymentInitiated['data'] {
  return {
    paymentId: command.paymentId,
    merchantId: command.merchantId,
    amount: storedAmountOf(command.amount),
    currency: command.currency,
    captureMethod: command.captureMethod,
    captureAfterS: command.captureAfterS,
    paymentMethod: command.paymentMethod,
    customerId: command.customerId,
    orderId: command.orderId,
    description: command.description,
    metadata: command.metadata,
    customerIpHash: command.customerIpHash,
    customerEmailHash: command.customerEmailHash,
    risk: command.risk,
  };
}

/** What the risk verdict adds to a create or retry. */
function eventOfVerdict(risk: RiskVerdict): PaymentEvent | null {
  switch (risk.verdict) {
    case 'approve':
      return null;
    case 'review':
      return { type: 'ReviewRequested', data: { origin: 'INITIATED', reasons: risk.reasons } };
    case 'reject': {
      const message = 'The risk assessment rejected the payment.';
      return { type: 'PaymentFailed', data: { code: 'risk_rejected', message } };
    }
  }
}

function retry(payment: Payment, command: RetryPayment): Decision {
  const refusal = retryRefusal(payment);
  if (refusal !== null) return reject('RETRY_NOT_ALLOWED', refusal);
  const { paymentMethod, risk } = command;
  const retried: PaymentEvent = { type: 'RetryRequested', data: { paymentMethod, risk } };
  const verdict = eventOfVerdict(risk);
  return verdict === null ? accept(retried) : accept(retried, verdict);
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

/** Reads only; the orchestrator asks the gateway where an action waits. */
function confirm(_command: ConfirmPayment): Decision {
  return accept();
}
