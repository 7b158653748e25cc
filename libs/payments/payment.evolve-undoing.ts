import { amountFromStored } from '../money/stored-amount.js';
import { changed, changedAttempt, endWish, type DraftPayment } from './payment.draft.js';
import { CorruptStreamError, endedPhase, type EventNamed } from './payment.evolve-common.js';
import { OWN_STEP_TRIES_MAX } from './payment.limits.js';
import type { Payment, Phase, Void } from './payment.state.js';
import { isAttempt } from './payment.totals.js';

export function voidApproved(draft: DraftPayment, event: EventNamed<'VoidApproved'>): void {
  const voiding = changed(draft, event.data.intent);
  if (voiding.operation !== 'void') throw new CorruptStreamError('a void of no void');
  voiding.outcome = 'approved';
  voiding.code = null;
  voiding.message = null;
  const { cause, target } = voiding;
  markVoided(draft, target);
  if (cause !== 'cancel' && cause !== 'reject') draft.ownDeclines = 0;
  if (cause === 'undo' || target <= draft.lifeFrom) return;
  draft.phase = phaseAfterVoid(draft, cause);
  endWish(draft);
  if (draft.hold?.intent === target && draft.hold.state === 'held') {
    draft.hold = { ...draft.hold, state: 'released' };
  }
}

function markVoided(draft: DraftPayment, target: number): void {
  const operation = draft.operations[target - 1];
  if (operation === undefined || !isAttempt(operation)) return;
  const attempt = changedAttempt(draft, operation);
  attempt.voided = true;
  if (attempt.undo === 'due') attempt.undo = 'done';
}

function phaseAfterVoid(payment: Payment, cause: Void['cause']): Phase {
  if (payment.phase.name === 'FAILED' && cause === 'cancel') return { name: 'CANCELLED' };
  return endedPhase(payment, VOIDED[cause]);
}

/** Where an approved void leads a payment of which nothing was captured. */
const VOIDED = {
  cancel: { name: 'CANCELLED' },
  reject: { name: 'CANCELLED' },
  undo: { name: 'CANCELLED' },
  expiry: { name: 'EXPIRED' },
  action_timed_out: {
    name: 'FAILED',
    code: 'action_timed_out',
    message: 'The customer did not act in time.',
  },
  capture_declined: {
    name: 'FAILED',
    code: 'capture_declined',
    message: 'The gateway declined the capture; the authorization was released.',
  },
} as const satisfies Record<Void['cause'], Phase>;

export function voidDeclined(draft: DraftPayment, event: EventNamed<'VoidDeclined'>): void {
  const { code, message } = event.data;
  const voiding = changed(draft, event.data.intent);
  if (voiding.operation !== 'void') throw new CorruptStreamError('a void of no void');
  voiding.outcome = 'declined';
  voiding.code = code;
  voiding.message = message;
  const { cause } = voiding;
  // Of another approval: it says nothing of what the payment rests on.
  if (cause !== 'undo') draft.declined = { code, message };
  const commanded = draft.wish === null && (cause === 'cancel' || cause === 'reject');
  if (!commanded && !isMoot(draft, voiding)) countOwnDecline(draft);
}

/** What it should release ended by itself: there is nothing left for another void. */
function isMoot(payment: Payment, { target }: Void): boolean {
  if (payment.hold?.intent === target) return payment.hold.state === 'gone';
  const attempt = payment.operations[target - 1];
  if (attempt === undefined || !isAttempt(attempt)) return false;
  return attempt.undo === 'done' || attempt.outcome === 'declined';
}

export function refundSucceeded(draft: DraftPayment, event: EventNamed<'RefundSucceeded'>): void {
  const { intent, amount } = event.data;
  const refund = changed(draft, event.data.intent);
  if (refund.operation !== 'refund') throw noRefund(intent);
  refund.outcome = 'approved';
  refund.amount = amountFromStored(amount);
  refund.code = null;
  refund.message = null;
  refund.failedInFeed = false;
  if (refund.cause === 'undo') draft.ownDeclines = 0;
  else draft.lastTaker = 'refund';
}

export function refundFailed(draft: DraftPayment, event: EventNamed<'RefundFailed'>): void {
  const { intent, code, message, fact } = event.data;
  const refund = changed(draft, event.data.intent);
  if (refund.operation !== 'refund') throw noRefund(intent);
  const counts = refund.cause === 'undo' && refund.outcome !== 'declined';
  refund.outcome = 'declined';
  refund.code = code;
  refund.message = message;
  refund.failedInFeed = fact !== null;
  if (counts) countOwnDecline(draft);
}

function noRefund(intent: number): CorruptStreamError {
  return new CorruptStreamError(`intent ${intent} is no refund`);
}

/** A declined step of our own: counted, paused, and after the last try left to an operator. */
function countOwnDecline(draft: DraftPayment): void {
  draft.ownDeclines += 1;
  draft.lastOwnDeclineAt = draft.updatedAt;
  if (draft.ownDeclines >= OWN_STEP_TRIES_MAX) draft.stop = { cause: 'undo_exhausted' };
}
