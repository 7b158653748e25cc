import { amountFromStored } from '../money/stored-amount.js';
import { changedAttempt, endWish, type DraftPayment } from './payment.draft.js';
import { CorruptStreamError, endedPhase, type EventNamed } from './payment.evolve-common.js';
import { disputeOf } from './payment.questions.js';
import type { Dispute, Payment } from './payment.state.js';
import { isAttempt, isOfUndone, isOpenIntent } from './payment.totals.js';

/** What an event changes that is of the payment as a whole. */
export function applyPaymentEvent(
  draft: DraftPayment,
  event: EventNamed<
    | 'PaymentFailed'
    | 'PaymentCancelled'
    | 'ReviewRequested'
    | 'ReviewApproved'
    | 'ReviewRejected'
    | 'RetryRequested'
    | 'AuthorizationExtended'
    | 'MoneyRuleBroken'
    | 'OperatorResolved'
  >,
): void {
  switch (event.type) {
    case 'PaymentFailed': {
      const { code, message } = event.data;
      draft.phase = { name: 'FAILED', code, message };
      endWish(draft);
      return;
    }
    case 'PaymentCancelled':
      draft.phase = { name: 'CANCELLED' };
      endWish(draft);
      return;
    case 'ReviewRequested':
      draft.phase = { name: 'UNDER_REVIEW', origin: event.data.origin };
      return;
    case 'ReviewApproved':
      draft.phase = { name: reviewOrigin(draft) };
      return;
    case 'ReviewRejected':
      return reviewRejected(draft);
    case 'RetryRequested':
      return retried(draft, event);
    case 'AuthorizationExtended':
      if (draft.hold === null) return;
      draft.hold = { ...draft.hold, expiresAt: event.data.expiresAt, windowFrom: 'gateway' };
      return;
    case 'MoneyRuleBroken':
      draft.stop = { cause: 'money_rule' };
      draft.knownExcess = amountFromStored(event.data.excess);
      return;
    case 'OperatorResolved':
      undoByHand(draft, event.data.operation);
      closeByHand(draft, event.data.operation);
      draft.stop = null;
      draft.ownDeclines = 0;
      return;
  }
}

export function authorizationGone(draft: DraftPayment, intent: number): void {
  const phase = endedPhase(draft, { name: isBeingRejected(draft) ? 'CANCELLED' : 'EXPIRED' });
  const operation = draft.operations[intent - 1];
  if (operation?.operation === 'authorize' && operation.undo === 'due') {
    changedAttempt(draft, operation).undo = 'done';
  }
  if (draft.hold?.intent !== intent) return;
  draft.hold = { ...draft.hold, state: 'gone' };
  draft.phase = phase;
  endWish(draft);
}

/** A reviewer's rejection waits for the void that it asked for. */
function isBeingRejected(payment: Payment): boolean {
  const last = payment.operations.at(-1);
  return last?.operation === 'void' && last.cause === 'reject' && isOpenIntent(last);
}

export function disputed(
  draft: DraftPayment,
  event: EventNamed<'DisputeOpened' | 'DisputeWon' | 'DisputeLost'>,
): void {
  const status = DISPUTE_STATUS[event.type];
  const { disputeId, intent } = event.data;
  if (status === 'lost' && !isOfUndone(draft, intent)) draft.lastTaker = 'dispute';
  const known = disputeOf(draft, event.data);
  if (known !== undefined) {
    const changed = { ...known, status };
    draft.disputes = draft.disputes.map((dispute) => (dispute === known ? changed : dispute));
    return;
  }
  const amount = amountFromStored(event.data.amount);
  const dispute: Dispute = { id: disputeId, intent, amount, status, openedAt: draft.updatedAt };
  draft.disputes = [...draft.disputes, dispute];
}

const DISPUTE_STATUS = { DisputeOpened: 'open', DisputeWon: 'won', DisputeLost: 'lost' } as const;

function reviewOrigin(payment: Payment): 'INITIATED' | 'AUTHORIZED' {
  if (payment.phase.name !== 'UNDER_REVIEW') {
    throw new CorruptStreamError('a review ends only where one is open');
  }
  return payment.phase.origin;
}

function reviewRejected(draft: DraftPayment): void {
  if (reviewOrigin(draft) === 'AUTHORIZED') return;
  const message = 'A reviewer rejected the payment.';
  draft.phase = { name: 'FAILED', code: 'review_rejected', message };
  draft.rejected = true;
}

function retried(draft: DraftPayment, { data }: EventNamed<'RetryRequested'>): void {
  draft.phase = { name: 'INITIATED' };
  draft.paymentMethod = data.paymentMethod ?? draft.paymentMethod;
  draft.lifeFrom = draft.operations.length;
  draft.base = null;
  draft.hold = null;
  draft.authorizedAt = null;
  draft.amountAuthorized = 0n;
  draft.declined = null;
  draft.wish = null;
  // Nothing of the earlier life is still to be undone: what is voided in this one has all its tries.
  draft.ownDeclines = 0;
  draft.lastOwnDeclineAt = null;
}

function undoByHand(
  draft: DraftPayment,
  operation: EventNamed<'OperatorResolved'>['data']['operation'],
): void {
  if (operation === null || operation.outcome !== 'undone') return;
  const attempt = draft.operations[operation.intent - 1];
  if (attempt !== undefined && isAttempt(attempt)) changedAttempt(draft, attempt).undo = 'done';
}

/** The event names an operation only where its gateway had no word on it. */
function closeByHand(
  draft: DraftPayment,
  operation: EventNamed<'OperatorResolved'>['data']['operation'],
): void {
  if (operation === null || operation.outcome !== 'declined') return;
  draft.closedByHand = [...draft.closedByHand, operation.intent];
}
