import type { FailureCode } from './failure-codes.js';
import type {
  EventOf,
  FactReference,
  RiskVerdict,
  StoredPaymentMethod,
} from './payment.event-data.js';
import type { OperationEvent } from './payment.operation-events.js';

/**
 * What happened to a payment, as it is stored: amounts are decimal strings of minor units, instants ISO strings,
 * absent values null. Stored names are for ever; a change of shape adds a version, an upcaster and a golden file.
 * One decision or one gateway answer is one event.
 */
export type {
  FactReference,
  OperationName,
  RiskVerdict,
  StoredIntent,
  StoredPaymentMethod,
  VoidCause,
} from './payment.event-data.js';
export type * from './routing-decision.js';
export type * from './payment.operation-events.js';

export type PaymentInitiated = EventOf<
  'PaymentInitiated',
  {
    readonly paymentId: string;
    readonly merchantId: string;
    readonly amount: string;
    readonly currency: string;
    readonly captureMethod: 'automatic' | 'manual';
    /** Seconds after the authorization at which a manual payment captures itself. */
    readonly captureAfterS: number | null;
    readonly paymentMethod: StoredPaymentMethod;
    readonly customerId: string | null;
    readonly orderId: string | null;
    readonly description: string | null;
    readonly metadata: { readonly [name: string]: string } | null;
    readonly customerIpHash: string | null;
    readonly customerEmailHash: string | null;
    readonly risk: RiskVerdict;
  }
>;

/** Refused before any gateway was asked, or with nothing left to try. */
export type PaymentFailed = EventOf<
  'PaymentFailed',
  { readonly code: FailureCode; readonly message: string }
>;
export type ReviewRequested = EventOf<
  'ReviewRequested',
  { readonly origin: 'INITIATED' | 'AUTHORIZED'; readonly reasons: readonly string[] }
>;
export type ReviewApproved = EventOf<'ReviewApproved', { readonly reason: string | null }>;
export type ReviewRejected = EventOf<'ReviewRejected', { readonly reason: string | null }>;
/** Cancelled before anything was authorized. */
export type PaymentCancelled = EventOf<'PaymentCancelled', { readonly reason: string | null }>;
export type RetryRequested = EventOf<
  'RetryRequested',
  { readonly paymentMethod: StoredPaymentMethod | null; readonly risk: RiskVerdict }
>;

/** `intent`: of the capture or purchase that settled. */
interface Settlement {
  readonly intent: number;
  readonly amount: string;
  readonly fact: FactReference;
}
export type CaptureSettled = EventOf<'CaptureSettled', Settlement>;
export type SettlementFailed = EventOf<'SettlementFailed', Settlement>;
/** `intent`: of the capture or purchase that is disputed. */
interface DisputeFact {
  readonly intent: number;
  readonly disputeId: string;
  readonly amount: string;
  readonly fact: FactReference;
}
export type DisputeOpened = EventOf<'DisputeOpened', DisputeFact>;
export type DisputeWon = EventOf<'DisputeWon', DisputeFact>;
export type DisputeLost = EventOf<'DisputeLost', DisputeFact>;
/**
 * A fact whose operation this stream does not know, or a decline of what stands as approved; recorded so that an auditor
 * sees it.
 */
export type FactUnmatched = EventOf<
  'FactUnmatched',
  {
    readonly kind: string;
    readonly key: string;
    readonly amount: string;
    readonly currency: string;
    readonly fact: FactReference;
  }
>;

/** A fact broke a money rule; `excess` in minor units. Commands wait for an operator or for the rule to hold again. */
export type MoneyRuleBroken = EventOf<
  'MoneyRuleBroken',
  {
    readonly rule:
      'captured_above_authorized' | 'refunded_above_captured' | 'dispute_on_undone_approval';
    readonly excess: string;
  }
>;
/** An operator lifted a stop, closed an open intent by hand, or ended an undoing. */
export type OperatorResolved = EventOf<
  'OperatorResolved',
  {
    readonly reason: string;
    /** The intent that was closed by hand and how; null where only a stop was lifted. */
    readonly operation: {
      readonly intent: number;
      readonly outcome: 'approved' | 'declined' | 'undone';
      readonly amount: string | null;
      readonly gatewayReference: string | null;
    } | null;
    readonly before: { readonly status: string; readonly stopped: boolean };
    readonly after: { readonly status: string; readonly stopped: boolean };
  }
>;

export type PaymentEvent =
  | OperationEvent
  | PaymentInitiated
  | PaymentFailed
  | ReviewRequested
  | ReviewApproved
  | ReviewRejected
  | PaymentCancelled
  | RetryRequested
  | CaptureSettled
  | SettlementFailed
  | DisputeOpened
  | DisputeWon
  | DisputeLost
  | FactUnmatched
  | MoneyRuleBroken
  | OperatorResolved;

export type PaymentEventType = PaymentEvent['type'];
