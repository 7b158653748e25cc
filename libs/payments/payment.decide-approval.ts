import { storedAmountOf } from '../money/stored-amount.js';
import {
  authorizationExpired,
  endAsAsked,
  goneEvents,
  isWaiting,
  type Answer,
  type Word,
} from './payment.decide-common.js';
import type { PaymentEvent } from './payment.events.js';
import type { Attempt, Operation, Payment, Void } from './payment.state.js';
import { isAttempt } from './payment.totals.js';

/** What an approval tells that was not known: the operation's own event, and the end of what lies beneath. */
export function approvedEvents(
  payment: Payment,
  operation: Operation,
  answer: Answer<'approved'>,
  word: Word,
): readonly PaymentEvent[] {
  const approved = isAttempt(operation)
    ? attemptApproved(payment, operation, answer, word)
    : otherApproved(payment, operation, { answer, fact: word.fact });
  if (!answer.authorizationGone) return approved;
  const { fact } = word;
  if (operation.operation === 'authorize' && approved.length > 0) {
    return [...approved, authorizationExpired(operation.intent, 'answer', fact)];
  }
  // A void or refund that is first told of here is itself the end of what lies beneath.
  const ends = operation.operation === 'void' || operation.operation === 'refund';
  if (ends && operation.outcome !== 'approved') return approved;
  return [...approved, ...goneEvents(payment, operation, fact)];
}

function otherApproved(
  payment: Payment,
  operation: Exclude<Operation, Attempt>,
  { answer, fact }: Pick<Word, 'fact'> & { readonly answer: Answer<'approved'> },
): readonly PaymentEvent[] {
  if (operation.outcome === 'approved') return [];
  const { intent } = operation;
  const amount = storedAmountOf(answer.amount);
  switch (operation.operation) {
    case 'capture': {
      const { reference, settled } = answer;
      return [{ type: 'CaptureApproved', data: { intent, reference, amount, settled, fact } }];
    }
    case 'increment':
      return [{ type: 'IncrementApproved', data: { intent, amount, fact } }];
    case 'void':
      return [
        { type: 'VoidApproved', data: { intent, fact } },
        ...movedAllTheSame(payment, operation),
      ];
    case 'refund':
      if (operation.failedInFeed && fact === null) return [];
      return [{ type: 'RefundSucceeded', data: { intent, amount, fact } }];
  }
}

/**
 * A purchase that was settled or disputed before it was voided took money: another approval, as where that is told
 * later.
 */
function movedAllTheSame(payment: Payment, { target }: Void): readonly PaymentEvent[] {
  const attempt = payment.operations[target - 1];
  if (attempt?.operation !== 'purchase' || attempt.outcome !== 'approved') return [];
  const disputed = payment.disputes.some(({ intent }) => intent === target);
  const moved = disputed || attempt.settlement !== 'none';
  if (!moved || attempt.undo === 'done') return [];
  const data = {
    intent: target,
    reference: attempt.reference ?? attempt.key,
    amount: storedAmountOf(attempt.amount),
    currency: payment.currency,
    settled: attempt.settlement === 'settled',
    undo: true,
    fact: null,
  };
  return [{ type: 'PurchaseApproved', data }];
}

function attemptApproved(
  payment: Payment,
  attempt: Attempt,
  answer: Answer<'approved'>,
  word: Word,
): readonly PaymentEvent[] {
  // Such an approval was told before, or is older than the void.
  if (attempt.outcome === 'approved' || attempt.voided)
    return windowNamed(payment, attempt, answer);
  const asAsked = answer.amount === attempt.amount && answer.currency === payment.currency;
  const current = isCurrentAttempt(payment, attempt);
  const undo = !(asAsked && current);
  const { defaultExpiresAt, fact } = word;
  const approved = approvedEvent(attempt, answer, { defaultExpiresAt, fact, undo });
  if (!undo || !current) return [approved];
  return [approved, payment.wish === null ? partialApproval() : endAsAsked(payment)];
}

/** Until when the authorization holds, where what told of it first named no end. */
function windowNamed(
  { hold }: Payment,
  { intent }: Attempt,
  { expiresAt }: Answer<'approved'>,
): readonly PaymentEvent[] {
  if (expiresAt === null || hold?.intent !== intent || hold.state !== 'held') return [];
  if (hold.windowFrom === 'gateway') return [];
  return [{ type: 'AuthorizationExtended', data: { intent, expiresAt } }];
}

/** Whether the payment waits for this attempt and rests on no other approval yet. */
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
  const { intent } = attempt;
  const { reference, currency, settled } = answer;
  const amount = storedAmountOf(answer.amount);
  if (attempt.operation === 'purchase') {
    const data = { intent, reference, amount, currency, settled, undo, fact };
    return { type: 'PurchaseApproved', data };
  }
  const expiresAt = answer.expiresAt ?? word.defaultExpiresAt;
  const windowFrom = answer.expiresAt === null ? 'default' : 'gateway';
  const data = { intent, reference, amount, currency, expiresAt, windowFrom, undo, fact } as const;
  return { type: 'AuthorizationApproved', data };
}

function partialApproval(): PaymentEvent {
  const message = 'The gateway approved another amount than asked for; it is given back.';
  return { type: 'PaymentFailed', data: { code: 'partial_approval', message } };
}
