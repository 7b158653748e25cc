import type { PaymentEvent } from './payment.events.js';
import { actionRequired, attemptApproved, attemptEnded } from './payment.evolve-attempts.js';
import { captureApproved, incrementApproved } from './payment.evolve-captures.js';
import { changed, type DraftPayment } from './payment.draft.js';
import { CorruptStreamError, type EventNamed } from './payment.evolve-common.js';
import {
  refundFailed,
  refundSucceeded,
  voidApproved,
  voidDeclined,
} from './payment.evolve-undoing.js';
import { operationOf, type Requested } from './payment.fresh-operations.js';
import type { Payment, Settlement, Void } from './payment.state.js';

type OperationEvent = Extract<PaymentEvent, { data: { readonly intent: number } }>;

/** Events with an intent that change its operation; the others are of an authorization or a dispute. */
type Handled = Exclude<
  OperationEvent,
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
export function applyOperationEvent(draft: DraftPayment, event: Handled): void {
  switch (event.type) {
    case 'AuthorizationRequested':
    case 'PurchaseRequested':
    case 'CaptureRequested':
    case 'IncrementRequested':
    case 'VoidRequested':
    case 'RefundRequested':
      return requested(draft, event);
    case 'AuthorizationApproved':
    case 'PurchaseApproved':
      return attemptApproved(draft, event);
    case 'AttemptDeclined':
      return attemptEnded(draft, event, { outcome: 'declined', code: event.data.code });
    case 'AttemptRefused':
      return attemptEnded(draft, event, { outcome: 'refused', code: 'gateway_refused' });
    case 'ActionRequired':
      return actionRequired(draft, event);
    case 'OperationPending':
    case 'RefundPending': {
      const operation = changed(draft, event.data.intent);
      operation.outcome = 'pending';
      operation.reference = event.data.reference;
      operation.code = null;
      operation.message = null;
      return;
    }
    case 'OutcomeUnknown':
      changed(draft, event.data.intent).outcome = 'unknown';
      return;
    case 'CaptureApproved':
      return captureApproved(draft, event);
    case 'IncrementApproved':
      return incrementApproved(draft, event);
    case 'CaptureDeclined':
    case 'IncrementDeclined':
      return declined(draft, event);
    case 'VoidApproved':
      return voidApproved(draft, event);
    case 'VoidDeclined':
      return voidDeclined(draft, event);
    case 'RefundSucceeded':
      return refundSucceeded(draft, event);
    case 'RefundFailed':
      return refundFailed(draft, event);
    case 'CaptureSettled':
      return settled(draft, event, 'settled');
    case 'SettlementFailed':
      return settled(draft, event, 'failed');
  }
}

function declined(
  draft: DraftPayment,
  event: EventNamed<'CaptureDeclined' | 'IncrementDeclined'>,
): void {
  const { code, message } = event.data;
  const operation = changed(draft, event.data.intent);
  operation.outcome = 'declined';
  operation.code = code;
  operation.message = message;
  draft.declined = { code, message };
}

function settled(
  draft: DraftPayment,
  event: EventNamed<'CaptureSettled' | 'SettlementFailed'>,
  settlement: Settlement,
): void {
  const operation = changed(draft, event.data.intent);
  if (!('settlement' in operation)) throw new CorruptStreamError('a settlement of no money');
  operation.settlement = settlement;
}

function requested(draft: DraftPayment, event: Requested): void {
  if (event.data.intent !== draft.operations.length + 1) {
    throw new CorruptStreamError(`intent ${event.data.intent} does not follow the last one`);
  }
  draft.operations = [...draft.operations, operationOf(draft, event)];
  if (event.type === 'AuthorizationRequested' || event.type === 'PurchaseRequested') {
    draft.phase = PROCESSING;
  } else if (event.type === 'VoidRequested' && directionStands(draft, event.data.cause)) {
    draft.wish = { cause: event.data.cause, target: event.data.target };
  }
}

const PROCESSING = { name: 'PROCESSING' } as const;

/** A void of a waiting action, and one that a declined automatic capture leads to, are never taken back. */
function directionStands(payment: Payment, cause: Void['cause']): boolean {
  if (cause === 'undo') return false;
  return payment.phase.name === 'REQUIRES_ACTION' || cause === 'capture_declined';
}
