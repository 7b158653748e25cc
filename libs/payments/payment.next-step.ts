import type { VoidCause } from './payment.events.js';
import { DECLINE_CODES } from './failure-codes.js';
import { CAPTURES_MAX, OWN_STEP_TRIES_MAX, ownStepPauseMs } from './payment.limits.js';
import type { Attempt, Payment } from './payment.state.js';
import { isAttempt, leftToCapture, mayUndo, openIntentOf, openUndoings } from './payment.totals.js';
import { triedAgain } from './payment.decide-decline.js';

/** What is due for a payment. `at`: not before this instant; null: at once. */
export type NextStep =
  /** Nothing until a command or a fact comes. */
  | { readonly step: 'none' }
  /** An intent is open: its sender waits for the answer, anybody else asks the gateway. */
  | { readonly step: 'learn'; readonly intent: number; readonly at: null }
  /** An unwanted action whose void was declined: ask; still waiting or authorized after `voidAt`: void again. */
  | {
      readonly step: 'ask_action';
      readonly intent: number;
      readonly cause: OwnVoidCause;
      readonly voidAt: string;
      readonly at: null;
    }
  /** `gateway`: the same one again; null: the best that is not in `tried`. */
  | {
      readonly step: 'attempt';
      readonly operation: 'authorize' | 'purchase';
      readonly gateway: string | null;
      readonly tried: readonly string[];
      readonly at: null;
    }
  | {
      readonly step: 'capture';
      readonly trigger: 'automatic' | 'timer';
      readonly at: string | null;
    }
  | { readonly step: 'void'; readonly cause: OwnVoidCause; readonly at: string | null }
  | { readonly step: 'undo'; readonly target: number; readonly at: string | null }
  /** The authorization's window ends: ask whether it still stands; a window of our own default is then voided. */
  | { readonly step: 'ask_authorization'; readonly intent: number; readonly at: string };

export type OwnVoidCause = Exclude<VoidCause, 'reject' | 'undo'>;

const NONE: NextStep = { step: 'none' };

/** Pure: the same for whoever continues the payment, inline or after a crash. */
export function nextStep(payment: Payment): NextStep {
  const open = openIntentOf(payment);
  if (open !== null) return { step: 'learn', intent: open.intent, at: null };
  const asked = unwantedAction(payment);
  if (asked !== null) return asked;
  const undo = undoing(payment);
  if (payment.stop !== null) return undo;
  return earliest(undo, wanted(payment));
}

/** What is due beside the giving back of other approvals, for which only a new attempt waits. */
function wanted(payment: Payment): NextStep {
  if (payment.wish !== null && leftToCapture(payment) > 0n) {
    return { step: 'void', cause: ownCause(payment.wish.cause), at: ownStepAt(payment) };
  }
  switch (payment.phase.name) {
    case 'INITIATED':
    case 'PROCESSING':
      return openUndoings(payment).length > 0 || payment.amountCaptured > 0n
        ? NONE
        : attempt(payment);
    case 'REQUIRES_ACTION':
      return actionTimeout(payment, payment.phase.intent);
    case 'AUTHORIZED':
      return earliest(captureStep(payment), windowStep(payment));
    case 'UNDER_REVIEW':
      return windowStep(payment);
    case 'FAILED':
    case 'CANCELLED':
    case 'EXPIRED':
      return NONE;
  }
}

function unwantedAction(payment: Payment): NextStep | null {
  const { wish, phase } = payment;
  if (wish === null || phase.name !== 'REQUIRES_ACTION') return null;
  return {
    step: 'ask_action',
    intent: phase.intent,
    cause: ownCause(wish.cause),
    voidAt: ownStepAt(payment) ?? payment.updatedAt,
    at: null,
  };
}

function ownCause(cause: VoidCause): OwnVoidCause {
  return cause === 'reject' || cause === 'undo' ? 'cancel' : cause;
}

/** When a step of our own that was declined is due again; null: it never was, so at once. */
function ownStepAt(payment: Payment): string | null {
  if (payment.lastOwnDeclineAt === null || payment.ownDeclines === 0) return null;
  const pause = ownStepPauseMs(payment.ownDeclines);
  return new Date(Date.parse(payment.lastOwnDeclineAt) + pause).toISOString();
}

/** One other approval after the other; one in dispute waits, and so do all after the last try. */
function undoing(payment: Payment): NextStep {
  if (payment.ownDeclines >= OWN_STEP_TRIES_MAX) return NONE;
  for (const target of openUndoings(payment)) {
    if (!mayUndo(payment, target)) continue;
    return { step: 'undo', target: target.intent, at: ownStepAt(payment) };
  }
  return NONE;
}

function attempt(payment: Payment): NextStep {
  const operation = payment.captureMethod === 'automatic' ? 'purchase' : 'authorize';
  const attempts = payment.operations.slice(payment.lifeFrom).filter(isAttempt);
  const last = attempts.at(-1);
  const again = last !== undefined && mayTryThereAgain(payment, last) ? last.gateway : null;
  const tried = [...new Set(attempts.map(({ gateway }) => gateway))];
  return { step: 'attempt', operation, gateway: again, tried, at: null };
}

/** Some declines allow one more attempt at the same gateway, at once and once. */
function mayTryThereAgain(payment: Payment, last: Attempt): boolean {
  if (last.outcome !== 'declined' || last.code === null) return false;
  const again = Object.entries(DECLINE_CODES).find(([code]) => code === last.code)?.[1];
  return again === 'same_gateway_once' && !triedAgain(payment, last);
}

function actionTimeout(payment: Payment, intent: number): NextStep {
  const waiting = payment.operations[intent - 1];
  const at = waiting !== undefined && isAttempt(waiting) ? waiting.actionTimesOutAt : null;
  return { step: 'void', cause: 'action_timed_out', at };
}

function captureStep(payment: Payment): NextStep {
  if (leftToCapture(payment) === 0n) return NONE;
  const captures = payment.operations.filter((operation) => operation.operation === 'capture');
  if (payment.captureMethod === 'automatic') {
    const declined = captures.some(
      (capture) => capture.intent > payment.lifeFrom && capture.outcome === 'declined',
    );
    return declined
      ? { step: 'void', cause: 'capture_declined', at: ownStepAt(payment) }
      : { step: 'capture', trigger: 'automatic', at: null };
  }
  const fired = captures.some((capture) => capture.trigger === 'timer');
  const over = fired || captures.length >= CAPTURES_MAX;
  if (payment.captureAfterS === null || payment.authorizedAt === null || over) return NONE;
  const at = Date.parse(payment.authorizedAt) + payment.captureAfterS * 1000;
  return { step: 'capture', trigger: 'timer', at: new Date(at).toISOString() };
}

function windowStep(payment: Payment): NextStep {
  if (payment.hold === null || leftToCapture(payment) === 0n) return NONE;
  const { intent, expiresAt } = payment.hold;
  const again = ownStepAt(payment);
  // A void of ours that was declined has its pause before the next one.
  return {
    step: 'ask_authorization',
    intent,
    at: again !== null && again > expiresAt ? again : expiresAt,
  };
}

function earliest(one: NextStep, other: NextStep): NextStep {
  if (one.step === 'none') return other;
  if (other.step === 'none') return one;
  if (one.at === null) return one;
  if (other.at === null) return other;
  return one.at <= other.at ? one : other;
}
