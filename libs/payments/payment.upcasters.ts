import type { PaymentEvent, PaymentEventType } from './payment.events.js';
import { withRoutingInColumns, withUnscoredRouting } from './routing-upcasters.js';

/** Current version of every stored event type; a change of shape raises it and adds an upcaster and a golden file. */
export const EVENT_VERSIONS = {
  PaymentInitiated: 1,
  PaymentFailed: 1,
  ReviewRequested: 1,
  ReviewApproved: 1,
  ReviewRejected: 1,
  PaymentCancelled: 1,
  RetryRequested: 1,
  AuthorizationRequested: 3,
  PurchaseRequested: 3,
  AuthorizationApproved: 1,
  PurchaseApproved: 1,
  AttemptDeclined: 1,
  AttemptRefused: 1,
  ActionRequired: 1,
  OperationPending: 1,
  OutcomeUnknown: 1,
  CaptureRequested: 1,
  CaptureApproved: 1,
  CaptureDeclined: 1,
  IncrementRequested: 1,
  IncrementApproved: 1,
  IncrementDeclined: 1,
  VoidRequested: 1,
  VoidApproved: 1,
  VoidDeclined: 1,
  RefundRequested: 1,
  RefundPending: 1,
  RefundSucceeded: 1,
  RefundFailed: 1,
  AuthorizationExpired: 1,
  AuthorizationExtended: 1,
  CaptureSettled: 1,
  SettlementFailed: 1,
  DisputeOpened: 1,
  DisputeWon: 1,
  DisputeLost: 1,
  FactUnmatched: 1,
  MoneyRuleBroken: 1,
  OperatorResolved: 1,
} as const satisfies Record<PaymentEventType, number>;

/** Lifts data of one version to the next. */
export type Upcaster = (data: { readonly [name: string]: unknown }) => {
  readonly [name: string]: unknown;
};

/** Per event type, the upcaster from each old version (the key) to the one after it. */
export type Upcasters = { readonly [type: string]: { readonly [fromVersion: number]: Upcaster } };

const OF_ATTEMPTS = { 1: withUnscoredRouting, 2: withRoutingInColumns };

const UPCASTERS: Upcasters = {
  AuthorizationRequested: OF_ATTEMPTS,
  PurchaseRequested: OF_ATTEMPTS,
};

export interface StoredPaymentEvent {
  readonly type: string;
  readonly version: number;
  readonly data: { readonly [name: string]: unknown };
}

/** A type or version that this release does not know: written by a newer one. */
export class UnknownEventError extends Error {
  readonly code = 'UNKNOWN_EVENT';
}

/**
 * The stored event in its current shape. Hashes are checked before this, on the bytes as stored.
 * @throws UnknownEventError for a type or version that this release does not know
 */
export function upcast(
  stored: StoredPaymentEvent,
  upcasters: Upcasters = UPCASTERS,
  versions: { readonly [type: string]: number } = EVENT_VERSIONS,
): PaymentEvent {
  const current = Object.hasOwn(versions, stored.type) ? versions[stored.type] : undefined;
  if (current === undefined || stored.version > current) {
    throw new UnknownEventError(`${stored.type} version ${stored.version} is not known here`);
  }
  let { data } = stored;
  for (let version = stored.version; version < current; version += 1) {
    const lift = upcasters[stored.type]?.[version];
    if (lift === undefined) {
      throw new UnknownEventError(`no upcaster from ${stored.type} version ${version}`);
    }
    data = lift(data);
  }
  // The type names the shape and the golden files prove it: stored events are ours and hash-chained.
  return { type: stored.type, data } as unknown as PaymentEvent;
}
