import {
  authorizationExpired,
  endAsAsked,
  goneEvents,
  isWaiting,
  type Answer,
  type Word,
} from './payment.decide-common.js';
import type { PaymentEvent } from './payment.events.js';
import type { Attempt, Operation, Payment } from './payment.state.js';
import { isAttempt } from './payment.totals.js';

/** What an approval tells that was not known: the operation's own event, and the end of what lies beneath. */
export function approvedEvents(
  payment: Payment,
  operation: Operation,
  answer: Answer<'approved'>,
  word: Word,
): readonly PaymentEvent[] {
  const { intent } = operation;
  const { fact } = word;
  const amount = answer.amount.toString();
  const gone = answer.authorizationGone ? goneEvents(payment, operation, fact) : [];
  if (isAttempt(operation)) {
    const events = attemptApproved(payment, operation, answer, word);
    const expired =
      answer.authorizationGone && operation.operation === 'authorize' && events.length > 0
        ? [authorizationExpired(intent, 'answer', fact)]
        : gone;
    return [...events, ...expired];
  }
  if (operation.outcome === 'approved') return gone;
  switch (operation.operation) {
    case 'capture': {
      const { reference, settled } = answer;
      const data = { intent, reference, amount, settled, fact };
      return [{ type: 'CaptureApproved', data }, ...gone];
    }
    case 'increment':
      return [{ type: 'IncrementApproved', data: { intent, amount, fact } }, ...gone];
    case 'void':
      return [{ type: 'VoidApproved', data: { intent, fact } }];
    case 'refund':
      if (operation.failedInFeed && fact === null) return [];
      return [{ type: 'RefundSucceeded', data: { intent, amount, fact } }];
  }
}

function attemptApproved(
  payment: Payment,
  attempt: Attempt,
  answer: Answer<'approved'>,
  word: Word,
): readonly PaymentEvent[] {
  // An approval of a reference that was voided is an older fact.
  if (attempt.outcome === 'approved' || attempt.voided) return [];
  const asAsked = answer.amount === attempt.amount && answer.currency === payment.currency;
  const current = isCurrentAttempt(payment, attempt);
  const undo = !(asAsked && current);
  const approved = approvedEvent(attempt, answer, { ...word, undo });
  if (!undo || !current) return [approved];
  return [approved, payment.wish === null ? partialApproval() : endAsAsked(payment)];
}

/** The attempt that the payment is waiting for, and nothing that it rests on yet. */
function isCurrentAttempt(payment: Payment, attempt: Attempt): boolean {
  const waits = payment.phase.name === 'PROCESSING' || payment.phase.name === 'REQUIRES_ACTION';
  return waits && payment.base === null && isWaiting(attempt);
}

export function approvedEvent(
  attempt: Attempt,
  answer: Answer<'approved'>,
  word: Pick<Word, 'defaultExpiresAt' | 'fact'> & { readonly undo: boolean },
): PaymentEvent {
  const { undo, fact } = word;
  const { reference, currency, settled } = answer;
  const data = { intent: attempt.intent, reference, amount: answer.amount.toString(), currency };
  if (attempt.operation === 'purchase') {
    return { type: 'PurchaseApproved', data: { ...data, settled, undo, fact } };
  }
  const expiresAt = answer.expiresAt ?? word.defaultExpiresAt;
  const windowFrom = answer.expiresAt === null ? 'default' : 'gateway';
  return { type: 'AuthorizationApproved', data: { ...data, expiresAt, windowFrom, undo, fact } };
}

function partialApproval(): PaymentEvent {
  const message = 'The gateway approved another amount than asked for; it is given back.';
  return { type: 'PaymentFailed', data: { code: 'partial_approval', message } };
}
