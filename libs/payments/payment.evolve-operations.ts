import type { PaymentEvent } from './payment.events.js';
import { actionRequired, attemptApproved, attemptEnded } from './payment.evolve-attempts.js';
import { captureApproved, incrementApproved } from './payment.evolve-captures.js';
import {
  CorruptStreamError,
  declinedPatch,
  updated,
  type Change,
  type PastOf,
  type PastPaymentEvent,
} from './payment.evolve-common.js';
import {
  refundFailed,
  refundSucceeded,
  voidApproved,
  voidDeclined,
} from './payment.evolve-undoing.js';
import type { Attempt, Operation, Payment, Void } from './payment.state.js';

type OperationEvent = Extract<PaymentEvent, { data: { readonly intent: number } }>;

/** Events with an intent that change its operation; the others are of an authorization or a dispute. */
type Handled = Exclude<
  PastPaymentEvent & OperationEvent,
  {
    type:
      | 'AuthorizationExpired'
      | 'AuthorizationExtended'
      | 'DisputeOpened'
      | 'DisputeWon'
      | 'DisputeLost';
  }
>;

/** What an intent, or a word on one, changes. */
export function applyOperationEvent(payment: Payment, event: Handled): Change {
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

type Requested = PastOf<
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
      return freshAttempt(core, 'authorize');
    case 'PurchaseRequested':
      return freshAttempt(core, 'purchase');
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

type AttemptStart = Omit<
  Attempt,
  'operation' | 'redirectUrl' | 'actionTimesOutAt' | 'undo' | 'voided' | 'settlement'
>;

/** Named one by one: only the first spread of a literal is cheap, and attempts are on the path of every payment. */
function freshAttempt(core: AttemptStart, operation: Attempt['operation']): Attempt {
  return {
    ...core,
    operation,
    redirectUrl: null,
    actionTimesOutAt: null,
    undo: 'no',
    voided: false,
    settlement: 'none',
  };
}
