import { storedAmountOf } from '../money/stored-amount.js';
import { accept, reject, type Decision } from './decision.js';
import type {
  FailPayment,
  RaiseRiskAlarm,
  StartAttempt,
  StartCapture,
  StartUndo,
  StartVoid,
} from './payment.commands.js';
import { nextIntent } from './payment.next-intent.js';
import { ATTEMPTS_MAX, CAPTURES_MAX } from './payment.limits.js';
import type { Operation, Payment } from './payment.state.js';
import {
  attemptsOf,
  countOf,
  hasOpenUndoing,
  isAttempt,
  leftToCapture,
  leftToUndo,
  openIntentOf,
  mayUndo,
} from './payment.totals.js';

/** Steps of our own. What is no longer due, because the payment went on meanwhile, leads to no events. */
const NOT_DUE: Decision = accept();

export function decideStartAttempt(payment: Payment, command: StartAttempt): Decision {
  if (!mayAttempt(payment)) return NOT_DUE;
  if (attemptsOf(payment) >= ATTEMPTS_MAX) return NOT_DUE;
  const data = {
    intent: payment.operations.length + 1,
    key: command.key,
    amount: storedAmountOf(payment.amount),
    currency: payment.currency,
    gateway: command.gateway,
    routing: command.routing,
  };
  return accept(
    command.operation === 'purchase'
      ? { type: 'PurchaseRequested', data }
      : { type: 'AuthorizationRequested', data },
  );
}

export function decideFailure(payment: Payment, command: FailPayment): Decision {
  if (!mayAttempt(payment)) return NOT_DUE;
  const { code, message } = command;
  return accept({ type: 'PaymentFailed', data: { code, message } });
}

function mayAttempt(payment: Payment): boolean {
  return (
    (payment.phase.name === 'INITIATED' || payment.phase.name === 'PROCESSING') &&
    payment.stop === null &&
    payment.base === null &&
    openIntentOf(payment) === null &&
    !hasOpenUndoing(payment)
  );
}

/** `automatic` at once, `timer` when its time has come; both take all that is left. */
export function decideStartCapture(payment: Payment, command: StartCapture): Decision {
  const left = leftToCapture(payment);
  const base = referenced(payment, payment.base);
  const due =
    payment.status === 'AUTHORIZED' &&
    payment.stop === null &&
    payment.wish === null &&
    openIntentOf(payment) === null &&
    left > 0n;
  if (!due || base === null) return NOT_DUE;
  if (countOf(payment, 'capture') >= CAPTURES_MAX) return NOT_DUE;
  return accept({
    type: 'CaptureRequested',
    data: {
      ...nextIntent(payment, command, left),
      gateway: base.gateway,
      reference: base.reference,
      final: true,
      trigger: command.trigger,
    },
  });
}

export function decideStartVoid(payment: Payment, command: StartVoid): Decision {
  if (openIntentOf(payment) !== null || !isVoidDue(payment, command)) return NOT_DUE;
  const target = voidTarget(payment);
  if (target === null) return NOT_DUE;
  return accept({
    type: 'VoidRequested',
    data: {
      ...nextIntent(payment, command, target.amount),
      gateway: target.operation.gateway,
      target: target.operation.intent,
      reference: target.operation.reference,
      cause: command.cause,
      reason: null,
    },
  });
}

/** The payment may have gone on since the step was due: a customer acted, a command captured. */
function isVoidDue(payment: Payment, { cause, at }: StartVoid): boolean {
  const { wish, phase, hold } = payment;
  if (wish !== null) return wish.cause === cause || (wish.cause === 'reject' && cause === 'cancel');
  if (payment.stop !== null) return false;
  switch (cause) {
    case 'cancel':
      return false;
    case 'action_timed_out':
      return phase.name === 'REQUIRES_ACTION';
    case 'capture_declined':
      return (
        payment.captureMethod === 'automatic' &&
        payment.operations
          .slice(payment.lifeFrom)
          .some(({ operation, outcome }) => operation === 'capture' && outcome === 'declined')
      );
    case 'expiry':
      return hold !== null && hold.windowFrom === 'default' && hold.expiresAt <= at;
  }
}

/** What a void of our own releases: the waiting action, or what the authorization still holds. */
function voidTarget(payment: Payment): { operation: Operation; amount: bigint } | null {
  if (payment.phase.name === 'REQUIRES_ACTION') {
    const operation = payment.operations[payment.phase.intent - 1];
    return operation === undefined ? null : { operation, amount: operation.amount };
  }
  if (payment.hold?.state !== 'held') return null;
  const operation = payment.operations[payment.hold.intent - 1];
  return operation === undefined ? null : { operation, amount: leftToCapture(payment) };
}

export function decideStartUndo(payment: Payment, command: StartUndo): Decision {
  const target = payment.operations[command.target - 1];
  if (target === undefined || !isAttempt(target) || openIntentOf(payment) !== null) return NOT_DUE;
  const left = leftToUndo(payment, target);
  const { reference } = target;
  if (!mayUndo(payment, target) || reference === null) return NOT_DUE;
  const data = {
    ...nextIntent(payment, command, left),
    gateway: target.gateway,
    target: target.intent,
    reference,
    reason: null,
  };
  return accept(
    target.operation === 'authorize'
      ? { type: 'VoidRequested', data: { ...data, cause: 'undo' } }
      : { type: 'RefundRequested', data: { ...data, refundId: command.refundId, cause: 'undo' } },
  );
}

/** An asynchronous assessment doubts an authorized payment of which nothing was captured. */
export function decideRiskAlarm(payment: Payment, command: RaiseRiskAlarm): Decision {
  if (openIntentOf(payment) !== null || payment.openCall !== null) {
    return reject('OPERATION_IN_PROGRESS', 'The alarm waits for the open operation.');
  }
  if (payment.status !== 'AUTHORIZED' || payment.amountCaptured > 0n) return NOT_DUE;
  // It is being voided already: a review would end nothing else.
  if (payment.wish !== null) return NOT_DUE;
  return accept({
    type: 'ReviewRequested',
    data: { origin: 'AUTHORIZED', reasons: command.reasons },
  });
}

function referenced(payment: Payment, number: number | null) {
  const operation = number === null ? undefined : payment.operations[number - 1];
  if (operation === undefined || operation.reference === null) return null;
  return { gateway: operation.gateway, reference: operation.reference };
}
