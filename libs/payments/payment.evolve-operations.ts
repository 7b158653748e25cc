import type { PaymentEvent } from './payment.events.js';
import {
  CorruptStreamError,
  endedPhase,
  ownStepDeclined,
  type PastPaymentEvent,
} from './payment.evolve.js';
import type { Attempt, Operation, Payment, Phase, Refund, Void } from './payment.state.js';
import { isAttempt } from './payment.totals.js';

type OperationEvent = Extract<PaymentEvent, { data: { readonly intent: number } }>;
type Change = Partial<Payment>;

/** What an intent, or a word on one, changes. */
export function applyOperationEvent(
  payment: Payment,
  event: Exclude<
    PastPaymentEvent & OperationEvent,
    {
      type:
        | 'AuthorizationExpired'
        | 'AuthorizationExtended'
        | 'DisputeOpened'
        | 'DisputeWon'
        | 'DisputeLost';
    }
  >,
): Change {
  switch (event.type) {
    case 'AuthorizationRequested':
    case 'PurchaseRequested':
    case 'CaptureRequested':
    case 'IncrementRequested':
    case 'VoidRequested':
    case 'RefundRequested':
      return requested(payment, event);
    case 'AuthorizationApproved':
    case 'PurchaseApproved':
      return attemptApproved(payment, event);
    case 'AttemptDeclined':
      return attemptEnded(payment, event, {
        outcome: 'declined',
        code: event.data.code,
        ends: event.data.ends,
      });
    case 'AttemptRefused':
      return attemptEnded(payment, event, {
        outcome: 'refused',
        code: 'gateway_refused',
        ends: event.data.ends,
      });
    case 'ActionRequired':
      return actionRequired(payment, event);
    case 'OperationPending':
    case 'RefundPending':
      return {
        operations: updated(payment, event, {
          outcome: 'pending',
          reference: event.data.reference,
        }),
      };
    case 'OutcomeUnknown':
      return { operations: updated(payment, event, { outcome: 'unknown' }) };
    case 'CaptureApproved':
      return captureApproved(payment, event);
    case 'IncrementApproved':
      return incrementApproved(payment, event);
    case 'CaptureDeclined':
    case 'IncrementDeclined':
      return {
        operations: updated(payment, event, declinedPatch(event.data)),
        declined: { code: event.data.code, message: event.data.message },
      };
    case 'VoidApproved':
      return voidApproved(payment, event);
    case 'VoidDeclined':
      return voidDeclined(payment, event);
    case 'RefundSucceeded':
      return refundSucceeded(payment, event);
    case 'RefundFailed':
      return refundFailed(payment, event);
    case 'CaptureSettled':
      return { operations: updated(payment, event, { settlement: 'settled' }) };
    case 'SettlementFailed':
      return { operations: updated(payment, event, { settlement: 'failed' }) };
  }
}

type Of<Type extends PaymentEvent['type']> = Extract<PastPaymentEvent, { type: Type }>;
type Requested = Of<
  | 'AuthorizationRequested'
  | 'PurchaseRequested'
  | 'CaptureRequested'
  | 'IncrementRequested'
  | 'VoidRequested'
  | 'RefundRequested'
>;

function requested(payment: Payment, event: Requested): Change {
  if (event.data.intent !== payment.operations.length + 1) {
    throw new CorruptStreamError(`intent ${event.data.intent} does not follow the last one`);
  }
  const operations = [...payment.operations, operationOf(payment, event)];
  if (event.type === 'AuthorizationRequested' || event.type === 'PurchaseRequested') {
    return { operations, phase: { name: 'PROCESSING' } };
  }
  if (event.type === 'VoidRequested' && directionStands(payment, event.data.cause)) {
    return { operations, wish: { cause: event.data.cause, target: event.data.target } };
  }
  return { operations };
}

/** A void of a waiting action, and one that a declined automatic capture leads to, are never taken back. */
function directionStands(payment: Payment, cause: Void['cause']): boolean {
  if (cause === 'undo') return false;
  return payment.phase.name === 'REQUIRES_ACTION' || cause === 'capture_declined';
}

function operationOf(payment: Payment, event: Requested): Operation {
  const core = {
    intent: event.data.intent,
    key: event.data.key,
    gateway: event.data.gateway,
    amount: BigInt(event.data.amount),
    requestedAt: event.at,
    updatedAt: event.at,
    revision: payment.revision + 1,
    outcome: 'open',
    code: null,
    message: null,
    reference: null,
  } as const;
  switch (event.type) {
    case 'AuthorizationRequested':
      return { ...core, operation: 'authorize', ...FRESH_ATTEMPT };
    case 'PurchaseRequested':
      return { ...core, operation: 'purchase', ...FRESH_ATTEMPT };
    case 'CaptureRequested': {
      const { final, trigger } = event.data;
      return { ...core, operation: 'capture', final, trigger, settlement: 'none' };
    }
    case 'IncrementRequested':
      return { ...core, operation: 'increment' };
    case 'VoidRequested': {
      const { target, cause, reason } = event.data;
      return { ...core, operation: 'void', target, cause, reason };
    }
    case 'RefundRequested': {
      const { refundId, target, cause, reason } = event.data;
      return { ...core, operation: 'refund', refundId, target, cause, reason, failedInFeed: false };
    }
  }
}

const FRESH_ATTEMPT = {
  redirectUrl: null,
  actionTimesOutAt: null,
  undo: 'no',
  voided: false,
  settlement: 'none',
} as const;

type Patch = Partial<Omit<Attempt, 'operation'> & Pick<Refund, 'failedInFeed'>>;

function updated(
  payment: Payment,
  event: { readonly at: string; readonly data: { readonly intent: number } },
  patch: Patch,
): readonly Operation[] {
  const index = event.data.intent - 1;
  const operation = payment.operations[index];
  if (operation === undefined) throw new CorruptStreamError(`no intent ${event.data.intent}`);
  const operations = payment.operations.slice();
  // The patch holds only fields that operations of this event's kind have.
  operations[index] = { ...operation, ...patch, updatedAt: event.at } as Operation;
  return operations;
}

function declinedPatch(data: { readonly code: string; readonly message: string }): Patch {
  return { outcome: 'declined', code: data.code, message: data.message };
}

function attemptApproved(
  payment: Payment,
  event: Of<'AuthorizationApproved' | 'PurchaseApproved'>,
): Change {
  const amount = BigInt(event.data.amount);
  const patch: Patch = {
    outcome: 'approved',
    amount,
    reference: event.data.reference,
    code: null,
    message: null,
    ...(event.type === 'PurchaseApproved' && event.data.settled
      ? { settlement: 'settled' as const }
      : {}),
  };
  if (event.data.undo) {
    return { operations: updated(payment, event, { ...patch, undo: 'due', voided: false }) };
  }
  const rests: Change = {
    operations: updated(payment, event, patch),
    base: event.data.intent,
    amountAuthorized: amount,
    phase: { name: 'AUTHORIZED' },
    authorizedAt: event.at,
    declined: null,
  };
  if (event.type === 'PurchaseApproved') return { ...rests, lastCaptureAt: event.at };
  const { intent, expiresAt, windowFrom } = event.data;
  return { ...rests, hold: { intent, expiresAt, windowFrom, state: 'held' } };
}

function attemptEnded(
  payment: Payment,
  event: Of<'AttemptDeclined' | 'AttemptRefused'>,
  end: {
    readonly outcome: 'declined' | 'refused';
    readonly code: Attempt['code'];
    readonly ends: Of<'AttemptDeclined'>['data']['ends'];
  },
): Change {
  const { message } = event.data;
  const operations = updated(payment, event, { outcome: end.outcome, code: end.code, message });
  const phase: Phase =
    end.ends === null
      ? { name: 'PROCESSING' }
      : { name: 'FAILED', code: end.ends, message: message };
  return { operations, phase: endedPhase(payment, phase) };
}

function actionRequired(payment: Payment, event: Of<'ActionRequired'>): Change {
  const { intent, reference, redirectUrl, timesOutAt } = event.data;
  return {
    operations: updated(payment, event, {
      outcome: 'action',
      reference,
      redirectUrl,
      actionTimesOutAt: timesOutAt,
    }),
    phase: { name: 'REQUIRES_ACTION', intent },
  };
}

function captureApproved(payment: Payment, event: Of<'CaptureApproved'>): Change {
  const capture = payment.operations[event.data.intent - 1];
  const releases = capture?.operation === 'capture' && capture.final;
  const rests = payment.base === null ? restsOnOldAgain(payment, event.data.intent) : {};
  return {
    operations: updated(payment, event, {
      outcome: 'approved',
      amount: BigInt(event.data.amount),
      reference: event.data.reference,
      code: null,
      message: null,
      ...(event.data.settled ? { settlement: 'settled' as const } : {}),
    }),
    lastCaptureAt: event.at,
    declined: null,
    ...rests,
    hold:
      releases && payment.hold?.state === 'held'
        ? { ...payment.hold, state: 'released' }
        : payment.hold,
  };
}

/**
 * After a retry a capture of the earlier life turns out approved: the payment rests on that authorization again, so
 * that the new attempt, should it be approved too, is given back.
 */
function restsOnOldAgain(payment: Payment, intent: number): Change {
  const old = payment.operations
    .slice(0, intent)
    .findLast((operation) => isAttempt(operation) && operation.outcome === 'approved');
  if (old === undefined) return {};
  const raised = payment.operations
    .slice(old.intent, intent)
    .findLast(({ operation, outcome }) => operation === 'increment' && outcome === 'approved');
  return { base: old.intent, amountAuthorized: (raised ?? old).amount };
}

function incrementApproved(payment: Payment, event: Of<'IncrementApproved'>): Change {
  const { intent } = event.data;
  const amount = BigInt(event.data.amount);
  const operations = updated(payment, event, {
    outcome: 'approved',
    amount,
    code: null,
    message: null,
  });
  // A late approval below a newer one, or of an earlier life's authorization, raises nothing any more.
  const newer = payment.operations
    .slice(intent)
    .some((other) => other.operation === 'increment' && other.outcome === 'approved');
  const older = payment.base === null || intent < payment.base;
  if (older || (newer && amount <= payment.amountAuthorized)) return { operations };
  return { operations, amountAuthorized: amount, declined: null };
}

function voidApproved(payment: Payment, event: Of<'VoidApproved'>): Change {
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

function voidDeclined(payment: Payment, event: Of<'VoidDeclined'>): Change {
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

function refundSucceeded(payment: Payment, event: Of<'RefundSucceeded'>): Change {
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

function refundFailed(payment: Payment, event: Of<'RefundFailed'>): Change {
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
