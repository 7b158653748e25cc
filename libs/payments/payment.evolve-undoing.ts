import {
  CorruptStreamError,
  declinedPatch,
  endedPhase,
  ownStepDeclined,
  updated,
  type Change,
  type PastOf,
} from './payment.evolve-common.js';
import type { Payment, Phase, Refund, Void } from './payment.state.js';
import { isAttempt } from './payment.totals.js';

export function voidApproved(payment: Payment, event: PastOf<'VoidApproved'>): Change {
  const approved = updated(payment, event, { outcome: 'approved', code: null, message: null });
  const voiding = approved[event.data.intent - 1];
  if (voiding?.operation !== 'void') throw new CorruptStreamError('a void of no void');
  const operations = approved.map((operation) =>
    operation.intent === voiding.target && isAttempt(operation)
      ? { ...operation, voided: true, undo: operation.undo === 'due' ? 'done' : operation.undo }
      : operation,
  );
  const own = voiding.cause === 'cancel' || voiding.cause === 'reject' ? {} : { ownDeclines: 0 };
  if (voiding.cause === 'undo' || voiding.target <= payment.lifeFrom) return { operations, ...own };
  return {
    operations,
    ...own,
    phase: phaseAfterVoid(payment, voiding.cause),
    wish: null,
    hold:
      payment.hold?.intent === voiding.target && payment.hold.state === 'held'
        ? { ...payment.hold, state: 'released' }
        : payment.hold,
  };
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

export function voidDeclined(payment: Payment, event: PastOf<'VoidDeclined'>): Change {
  const operations = updated(payment, event, declinedPatch(event.data));
  const voiding = operations[event.data.intent - 1];
  const declined = { code: event.data.code, message: event.data.message };
  if (voiding?.operation !== 'void') throw new CorruptStreamError('a void of no void');
  const commanded =
    payment.wish === null && (voiding.cause === 'cancel' || voiding.cause === 'reject');
  const counts = !commanded && !isMoot(payment, voiding);
  return { operations, declined, ...(counts ? ownStepDeclined(payment, event.at) : {}) };
}

/** What it should release ended by itself: there is nothing left for another void. */
function isMoot(payment: Payment, { target }: Void): boolean {
  if (payment.hold?.intent === target) return payment.hold.state === 'gone';
  const attempt = payment.operations[target - 1];
  if (attempt === undefined || !isAttempt(attempt)) return false;
  return attempt.undo === 'done' || attempt.outcome === 'declined';
}

export function refundSucceeded(payment: Payment, event: PastOf<'RefundSucceeded'>): Change {
  const operations = updated(payment, event, {
    outcome: 'approved',
    amount: BigInt(event.data.amount),
    code: null,
    message: null,
    failedInFeed: false,
  });
  return refundOf(payment, event.data.intent).cause === 'undo'
    ? { operations, ownDeclines: 0 }
    : { operations, lastTaker: 'refund' };
}

export function refundFailed(payment: Payment, event: PastOf<'RefundFailed'>): Change {
  const refund = refundOf(payment, event.data.intent);
  const failedInFeed = event.data.fact !== null;
  const operations = updated(payment, event, { ...declinedPatch(event.data), failedInFeed });
  const counts = refund.cause === 'undo' && refund.outcome !== 'declined';
  return { operations, ...(counts ? ownStepDeclined(payment, event.at) : {}) };
}

function refundOf(payment: Payment, intent: number): Refund {
  const refund = payment.operations[intent - 1];
  if (refund?.operation !== 'refund') throw new CorruptStreamError(`intent ${intent} is no refund`);
  return refund;
}
