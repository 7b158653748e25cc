import { storedAmountOf } from '../money/stored-amount.js';
import { accept, reject, type Decision } from './decision.js';
import type { ResolvePayment } from './payment.commands.js';
import { eventsOfWord } from './payment.decide-answer.js';
import type { Word } from './payment.decide-common.js';
import type { OperatorResolved, PaymentEvent } from './payment.events.js';
import { evolve } from './payment.evolve.js';
import { withMoneyRules } from './payment.money-rules.js';
import type { Operation, Payment } from './payment.state.js';
import { isAttempt, isInFlight, leftToUndo } from './payment.totals.js';

/**
 * An operator's word, after the gateway was asked: lifts a stop, closes an unknown intent (or an action whose void was
 * declined), or ends an undoing by hand. Passes all checks of status, stop and open intent.
 */
export function decideResolution(payment: Payment, command: ResolvePayment): Decision {
  const { operation } = command;
  if (command.gatewayAnswered) return accept(resolved(payment, command, []));
  if (operation === null) {
    if (payment.stop === null) {
      return reject('NOTHING_TO_RESOLVE', 'The payment is not stopped; name the open operation.');
    }
    return accept(resolved(payment, command, []));
  }
  const target = payment.operations[operation.intent - 1];
  if (target === undefined) {
    return reject('RESOLUTION_NOT_POSSIBLE', 'The payment has no operation with this intent.');
  }
  const closing = closingEvents(payment, target, command);
  if (closing === null) {
    return reject('NOTHING_TO_RESOLVE', 'This operation waits for no resolution.');
  }
  if (typeof closing === 'string') return reject('RESOLUTION_NOT_POSSIBLE', closing);
  const record = resolved(payment, command, closing);
  const [breach] = withMoneyRules(payment, [...closing, record], command.at).slice(
    closing.length + 1,
  );
  if (breach === undefined) return accept(...closing, record);
  // What the operator closed breaks a rule anew: the stop that it lifted falls again.
  return accept(...closing, stillStopped(record), breach);
}

/** The word that closes the operation as the operator says; null: nothing to close; a sentence: not possible. */
function closingEvents(
  payment: Payment,
  target: Operation,
  command: ResolvePayment,
): readonly PaymentEvent[] | null | string {
  const { operation } = command;
  if (operation === null) return [];
  if (operation.outcome === 'undone') {
    return isAttempt(target) && leftToUndo(payment, target) > 0n ? [] : null;
  }
  const unwanted = target.outcome === 'action' && payment.wish?.target === target.intent;
  if (!unwanted && !isInFlight(target)) return null;
  if (operation.outcome === 'declined') {
    const message = 'An operator closed the operation as declined.';
    const answer = {
      outcome: 'declined',
      code: 'generic_decline',
      message,
      authorizationGone: false,
    } as const;
    return eventsOfWord(payment, target, answer, wordOf(command));
  }
  if (operation.amount === null || operation.gatewayReference === null) {
    return 'An approved operation needs the amount and the gateway_reference that the gateway shows.';
  }
  const answer = {
    outcome: 'approved',
    reference: operation.gatewayReference,
    amount: operation.amount,
    currency: payment.currency,
    expiresAt: null,
    settled: false,
    authorizationGone: false,
  } as const;
  return eventsOfWord(payment, target, answer, wordOf(command));
}

function wordOf(command: ResolvePayment): Word {
  const { at, defaultExpiresAt } = command;
  return {
    at,
    soleSender: false,
    otherGateway: false,
    defaultExpiresAt,
    actionTimesOutAt: at,
    fact: null,
  };
}

function stillStopped(record: OperatorResolved): OperatorResolved {
  const { data } = record;
  return { ...record, data: { ...data, after: { ...data.after, stopped: true } } };
}

function resolved(
  payment: Payment,
  command: ResolvePayment,
  closing: readonly PaymentEvent[],
): OperatorResolved {
  const after = closing.reduce<Payment>(
    (state, event) => evolve(state, { ...event, at: command.at }),
    payment,
  );
  const { operation, reason } = command;
  return {
    type: 'OperatorResolved',
    data: {
      reason,
      operation:
        operation === null
          ? null
          : {
              ...operation,
              amount: operation.amount === null ? null : storedAmountOf(operation.amount),
            },
      before: { status: payment.status, stopped: payment.stop !== null },
      after: { status: after.status, stopped: false },
    },
  };
}
