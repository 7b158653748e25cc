import { amountFromStored } from '../money/stored-amount.js';
import { changed, type DraftPayment } from './payment.draft.js';
import { CorruptStreamError, endedPhase, type EventNamed } from './payment.evolve-common.js';
import type { Attempt } from './payment.state.js';
import { isAttempt } from './payment.totals.js';

export function attemptApproved(
  draft: DraftPayment,
  event: EventNamed<'AuthorizationApproved' | 'PurchaseApproved'>,
): void {
  const { data } = event;
  const amount = amountFromStored(data.amount);
  const attempt = changed(draft, event.data.intent);
  if (!isAttempt(attempt)) throw new CorruptStreamError('an approval of no attempt');
  attempt.outcome = 'approved';
  attempt.amount = amount;
  attempt.reference = data.reference;
  attempt.code = null;
  attempt.message = null;
  if (event.type === 'PurchaseApproved' && event.data.settled) attempt.settlement = 'settled';
  if (data.undo) {
    attempt.undo = 'due';
    attempt.voided = false;
    return;
  }
  draft.base = data.intent;
  draft.amountAuthorized = amount;
  draft.phase = { name: 'AUTHORIZED' };
  draft.authorizedAt = draft.updatedAt;
  draft.declined = null;
  if (event.type === 'PurchaseApproved') {
    draft.lastCaptureAt = draft.updatedAt;
    return;
  }
  const { intent, expiresAt, windowFrom } = event.data;
  draft.hold = { intent, expiresAt, windowFrom, state: 'held' };
}

export function attemptEnded(
  draft: DraftPayment,
  event: EventNamed<'AttemptDeclined' | 'AttemptRefused'>,
  end: { readonly outcome: 'declined' | 'refused'; readonly code: Attempt['code'] },
): void {
  const { message, ends } = event.data;
  const attempt = changed(draft, event.data.intent);
  attempt.outcome = end.outcome;
  attempt.code = end.code;
  attempt.message = message;
  draft.phase = endedPhase(
    draft,
    ends === null ? { name: 'PROCESSING' } : { name: 'FAILED', code: ends, message },
  );
}

export function actionRequired(draft: DraftPayment, event: EventNamed<'ActionRequired'>): void {
  const { intent, reference, redirectUrl, timesOutAt } = event.data;
  const attempt = changed(draft, event.data.intent);
  if (!isAttempt(attempt)) throw new CorruptStreamError('an action of no attempt');
  attempt.outcome = 'action';
  attempt.reference = reference;
  attempt.redirectUrl = redirectUrl;
  attempt.actionTimesOutAt = timesOutAt;
  draft.phase = { name: 'REQUIRES_ACTION', intent };
}
