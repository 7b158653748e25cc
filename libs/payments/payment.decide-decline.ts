import { DECLINE_CODES, type DeclineCode, type FailureCode } from './failure-codes.js';
import {
  endAsAsked,
  goneEvents,
  isWaiting,
  type Answer,
  type Word,
} from './payment.decide-common.js';
import type { PaymentEvent } from './payment.events.js';
import { ATTEMPTS_MAX } from './payment.limits.js';
import type { Attempt, Operation, Payment } from './payment.state.js';
import { isAttempt } from './payment.totals.js';

/** What a decline tells that was not known; one that comes after another word tells nothing. */
export function declinedEvents(
  payment: Payment,
  operation: Operation,
  answer: Answer<'declined'>,
  word: Word,
): readonly PaymentEvent[] {
  const { intent } = operation;
  const { code, message } = answer;
  const gone = answer.authorizationGone ? goneEvents(payment, operation, word.fact) : [];
  if (!isWaiting(operation)) return gone;
  const data = { intent, code, message, fact: word.fact };
  switch (operation.operation) {
    case 'authorize':
    case 'purchase':
      return attemptDeclined(payment, operation, answer, word);
    case 'capture':
      return [{ type: 'CaptureDeclined', data }, ...gone];
    case 'increment':
      return [{ type: 'IncrementDeclined', data }, ...gone];
    case 'void':
      // Gone first: what is not there any more needs no further void.
      return [...gone, { type: 'VoidDeclined', data }];
    case 'refund':
      return [{ type: 'RefundFailed', data }];
  }
}

function attemptDeclined(
  payment: Payment,
  attempt: Attempt,
  answer: Answer<'declined'>,
  word: Word,
): readonly PaymentEvent[] {
  const { intent } = attempt;
  const { code, message } = answer;
  const { fact } = word;
  if (payment.wish !== null) {
    const declined = { intent, code, message, ends: null, fact };
    return [{ type: 'AttemptDeclined', data: declined }, endAsAsked(payment)];
  }
  const ends = endOfAttempt(payment, attempt, { code, otherGateway: word.otherGateway });
  return [{ type: 'AttemptDeclined', data: { intent, code, message, ends, fact } }];
}

/** The failure that a decline ends the payment with; null where another attempt may help. */
function endOfAttempt(
  payment: Payment,
  attempt: Attempt,
  decline: { readonly code: DeclineCode; readonly otherGateway: boolean },
): FailureCode | null {
  const again = DECLINE_CODES[decline.code];
  if (again === 'never') return decline.code;
  const helps =
    (again === 'same_gateway_once' && !triedAgain(payment, attempt)) || decline.otherGateway;
  if (!helps) return decline.code;
  return payment.operations.filter(isAttempt).length >= ATTEMPTS_MAX ? 'attempts_exhausted' : null;
}

/** The attempt before, in this life, met the same gateway and was declined with a code that allows one more there. */
export function triedAgain(payment: Payment, attempt: Attempt): boolean {
  const before = payment.operations
    .slice(payment.lifeFrom, attempt.intent - 1)
    .filter(isAttempt)
    .some((other) => other.gateway === attempt.gateway);
  return before;
}

/** A refusal is a word only for the one who opened the intent, and met nothing else; to others it is unknown. */
export function refusedEvents(
  payment: Payment,
  operation: Operation,
  answer: Answer<'refused'>,
  word: Word,
): readonly PaymentEvent[] {
  if (operation.outcome !== 'open') return [];
  if (!word.soleSender) return unknownEvents(operation, answer.message);
  const { intent } = operation;
  const { reason, message } = answer;
  if (isAttempt(operation)) {
    const ends = endOfAttempt(payment, operation, {
      code: 'gateway_refused',
      otherGateway: word.otherGateway,
    });
    return [{ type: 'AttemptRefused', data: { intent, reason, message, ends } }];
  }
  // A 429, or nothing sent, leaves the intent open: it is sent again under its key.
  if (reason !== 'rejected') return [];
  const declined = {
    outcome: 'declined',
    code: 'gateway_refused',
    message,
    authorizationGone: false,
  } as const;
  return declinedEvents(payment, operation, declined, word);
}

export function unknownEvents(operation: Operation, reason: string): readonly PaymentEvent[] {
  if (operation.outcome !== 'open') return [];
  return [{ type: 'OutcomeUnknown', data: { intent: operation.intent, reason } }];
}
