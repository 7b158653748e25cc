import { amountFromStored } from '../money/stored-amount.js';
import { changed, type DraftPayment } from './payment.draft.js';
import type { EventNamed } from './payment.evolve-common.js';
import { approvalBeneath } from './payment.questions.js';
import type { Payment } from './payment.state.js';

export function captureApproved(draft: DraftPayment, event: EventNamed<'CaptureApproved'>): void {
  const { intent, reference, amount, settled } = event.data;
  const capture = changed(draft, event.data.intent);
  capture.outcome = 'approved';
  capture.amount = amountFromStored(amount);
  capture.reference = reference;
  capture.code = null;
  capture.message = null;
  if (settled && 'settlement' in capture) capture.settlement = 'settled';
  draft.lastCaptureAt = draft.updatedAt;
  draft.declined = null;
  if (draft.base === null) restOnOldAgain(draft, intent);
  const releases = capture.operation === 'capture' && capture.final;
  if (releases && draft.hold?.state === 'held') draft.hold = { ...draft.hold, state: 'released' };
}

export function incrementApproved(
  draft: DraftPayment,
  event: EventNamed<'IncrementApproved'>,
): void {
  const { intent } = event.data;
  const amount = amountFromStored(event.data.amount);
  const increment = changed(draft, event.data.intent);
  increment.outcome = 'approved';
  increment.amount = amount;
  increment.code = null;
  increment.message = null;
  // A late approval below a newer one, or of an earlier life's authorization, raises nothing any more.
  const older = draft.base === null || intent < draft.base;
  if (older || (newerIncrement(draft, intent) && amount <= draft.amountAuthorized)) return;
  draft.amountAuthorized = amount;
  draft.declined = null;
}

function newerIncrement(payment: Payment, intent: number): boolean {
  return payment.operations
    .slice(intent)
    .some((other) => other.operation === 'increment' && other.outcome === 'approved');
}

/**
 * After a retry a capture of the earlier life turns out approved: the payment rests on that authorization again, so
 * that the new attempt, should it be approved too, is given back.
 */
function restOnOldAgain(draft: DraftPayment, intent: number): void {
  const old = approvalBeneath(draft, intent);
  if (old === undefined) return;
  const raised = draft.operations
    .slice(old.intent, intent)
    .findLast(({ operation, outcome }) => operation === 'increment' && outcome === 'approved');
  draft.base = old.intent;
  draft.amountAuthorized = (raised ?? old).amount;
}
