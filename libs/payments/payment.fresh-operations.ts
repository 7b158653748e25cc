import { amountFromStored } from '../money/stored-amount.js';
import type { EventNamed } from './payment.evolve-common.js';
import type { Attempt, Capture, Increment, Operation, Payment, Refund } from './payment.state.js';

/** Events that open an intent. */
export type Requested = EventNamed<
  | 'AuthorizationRequested'
  | 'PurchaseRequested'
  | 'CaptureRequested'
  | 'IncrementRequested'
  | 'VoidRequested'
  | 'RefundRequested'
>;

/**
 * The operation that the draft's event opens. The frequent kinds are named field by field: what is added to a spread costs as
 * much as all the rest.
 */
export function operationOf(draft: Payment, event: Requested): Operation {
  switch (event.type) {
    case 'AuthorizationRequested':
      return attemptOf(draft, event, 'authorize');
    case 'PurchaseRequested':
      return attemptOf(draft, event, 'purchase');
    case 'CaptureRequested':
      return captureOf(draft, event);
    case 'IncrementRequested':
      return { ...coreOf(draft, event), operation: 'increment' };
    case 'VoidRequested': {
      const { target, cause, reason } = event.data;
      return { ...coreOf(draft, event), operation: 'void', target, cause, reason };
    }
    case 'RefundRequested':
      return refundOf(draft, event);
  }
}

function attemptOf(
  draft: Payment,
  event: EventNamed<'AuthorizationRequested' | 'PurchaseRequested'>,
  operation: Attempt['operation'],
): Attempt {
  const { intent, key, gateway, amount } = event.data;
  return {
    intent,
    key,
    gateway,
    amount: amountFromStored(amount),
    requestedAt: draft.updatedAt,
    updatedAt: draft.updatedAt,
    revision: draft.revision,
    outcome: 'open',
    code: null,
    message: null,
    reference: null,
    operation,
    redirectUrl: null,
    actionTimesOutAt: null,
    undo: 'no',
    voided: false,
    settlement: 'none',
  };
}

function captureOf(draft: Payment, event: EventNamed<'CaptureRequested'>): Capture {
  const { intent, key, gateway, amount, final, trigger } = event.data;
  return {
    intent,
    key,
    gateway,
    amount: amountFromStored(amount),
    requestedAt: draft.updatedAt,
    updatedAt: draft.updatedAt,
    revision: draft.revision,
    outcome: 'open',
    code: null,
    message: null,
    reference: null,
    operation: 'capture',
    final,
    trigger,
    settlement: 'none',
  };
}

function refundOf(draft: Payment, event: EventNamed<'RefundRequested'>): Refund {
  const { intent, key, gateway, amount, refundId, target, cause, reason } = event.data;
  return {
    intent,
    key,
    gateway,
    amount: amountFromStored(amount),
    requestedAt: draft.updatedAt,
    updatedAt: draft.updatedAt,
    revision: draft.revision,
    outcome: 'open',
    code: null,
    message: null,
    reference: null,
    operation: 'refund',
    refundId,
    target,
    cause,
    reason,
    failedInFeed: false,
  };
}

function coreOf(
  draft: Payment,
  event: EventNamed<'IncrementRequested' | 'VoidRequested'>,
): Omit<Increment, 'operation'> {
  const { intent, key, gateway, amount } = event.data;
  return {
    intent,
    key,
    gateway,
    amount: amountFromStored(amount),
    requestedAt: draft.updatedAt,
    updatedAt: draft.updatedAt,
    revision: draft.revision,
    outcome: 'open',
    code: null,
    message: null,
    reference: null,
  };
}
