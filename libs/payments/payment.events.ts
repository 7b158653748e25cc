import type { DeclineCode, FailureCode } from './failure-codes.js';

/**
 * What happened to a payment, as it is stored: amounts are decimal strings of minor units, instants ISO strings,
 * absent values null. Stored names are for ever; a change of shape adds a version, an upcaster and a golden file.
 * One decision or one gateway answer is one event.
 */

/** `type` is only `card` so far; tokens only, never a card number. */
export interface StoredPaymentMethod {
  readonly type: string;
  readonly token: string;
  readonly network: string | null;
  readonly country: string | null;
  readonly last4: string | null;
}

/** The verdict on a payment before it is routed. `score` 0 (harmless) to 100. */
export interface RiskVerdict {
  readonly verdict: 'approve' | 'review' | 'reject';
  readonly score: number;
  readonly reasons: readonly string[];
}

/** A number for each thing that a choice among gateways weighs. Scores are 0 (worst) to 1, with four decimals. */
export interface RoutingScores {
  readonly success: number;
  readonly latency: number;
  readonly cost: number;
  readonly health: number;
}

/** What the scores were computed from. */
export interface RoutingInputs {
  /** Attempts decided lately at this gateway in this currency and method, and how many of them were approved. */
  readonly samples: number;
  readonly successes: number;
  /** 95th percentile; null: nothing was measured. */
  readonly latencyMs: number | null;
  /** What the gateway takes for this payment, in minor units of its currency; null: not known. */
  readonly cost: string | null;
  /** 0 to 1. */
  readonly health: number;
  /** The operator's factor on the total. */
  readonly weight: number;
}

export interface RoutingCandidate {
  readonly gateway: string;
  readonly eligible: boolean;
  readonly reason: string;
  /** Null: not eligible, or decided before gateways were scored. */
  readonly scores: RoutingScores | null;
  readonly total: number | null;
  readonly inputs: RoutingInputs | null;
}

/** What a rule asks for. Percentages sum to 100. */
export type RoutingPreference =
  | { readonly prefer: readonly string[] }
  | { readonly only: readonly string[] }
  | { readonly avoid: readonly string[] }
  | { readonly split: readonly { readonly gateway: string; readonly percent: number }[] };

/** Why this gateway was chosen; with the payment's id the choice can be computed again. */
export interface RoutingDecision {
  /** Null: none was eligible. */
  readonly gateway: string | null;
  readonly candidates: readonly RoutingCandidate[];
  /** How much each score counts; null: nothing was scored. */
  readonly weights: RoutingScores | null;
  /** 0: no rules were ever set. */
  readonly rulesVersion: number;
  /** The first rule whose conditions held. */
  readonly rule: { readonly id: string; readonly then: RoutingPreference } | null;
  /** Version of the computation from inputs to choice; 0: the first eligible one in configured order. */
  readonly scoring: number;
}

/** The operations that move money at a gateway. */
export type OperationName = 'authorize' | 'purchase' | 'capture' | 'increment' | 'void' | 'refund';

/** Why a void or refund is sent: a command's wish, or a step of our own. */
export type VoidCause =
  'cancel' | 'reject' | 'action_timed_out' | 'capture_declined' | 'expiry' | 'undo';

/** Names a fact of a gateway's feed, by which a repeated one is known. */
export interface FactReference {
  readonly gateway: string;
  readonly id: string;
}

/** Fields of every intent: the event that is durable before a call that moves money is sent. */
export interface StoredIntent {
  /** Numbered per payment from 1, never reset. */
  readonly intent: number;
  /** The gateway's idempotency key: UUID v5 of (payment id, operation, intent). */
  readonly key: string;
  readonly gateway: string;
  readonly amount: string;
  readonly currency: string;
}

interface Event<Type extends string, Data> {
  readonly type: Type;
  readonly data: Data;
}

export type PaymentInitiated = Event<
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
export type PaymentFailed = Event<
  'PaymentFailed',
  { readonly code: FailureCode; readonly message: string }
>;
export type ReviewRequested = Event<
  'ReviewRequested',
  { readonly origin: 'INITIATED' | 'AUTHORIZED'; readonly reasons: readonly string[] }
>;
export type ReviewApproved = Event<'ReviewApproved', { readonly reason: string | null }>;
export type ReviewRejected = Event<'ReviewRejected', { readonly reason: string | null }>;
/** Cancelled before anything was authorized. */
export type PaymentCancelled = Event<'PaymentCancelled', { readonly reason: string | null }>;
export type RetryRequested = Event<
  'RetryRequested',
  { readonly paymentMethod: StoredPaymentMethod | null; readonly risk: RiskVerdict }
>;

export type AuthorizationRequested = Event<
  'AuthorizationRequested',
  StoredIntent & { readonly routing: RoutingDecision }
>;
export type PurchaseRequested = Event<
  'PurchaseRequested',
  StoredIntent & { readonly routing: RoutingDecision }
>;
/** `undo`: another approval than the one the payment rests on; counts in no total and is given back. */
export type AuthorizationApproved = Event<
  'AuthorizationApproved',
  {
    readonly intent: number;
    readonly reference: string;
    readonly amount: string;
    readonly currency: string;
    readonly expiresAt: string;
    /** Who set `expiresAt`: the gateway, or our default window. */
    readonly windowFrom: 'gateway' | 'default';
    readonly undo: boolean;
    readonly fact: FactReference | null;
  }
>;
export type PurchaseApproved = Event<
  'PurchaseApproved',
  {
    readonly intent: number;
    readonly reference: string;
    readonly amount: string;
    readonly currency: string;
    readonly settled: boolean;
    readonly undo: boolean;
    readonly fact: FactReference | null;
  }
>;
/** `ends`: nothing left to try, the payment fails with this code; null: another attempt follows. */
export type AttemptDeclined = Event<
  'AttemptDeclined',
  {
    readonly intent: number;
    readonly code: DeclineCode;
    readonly message: string;
    readonly ends: FailureCode | null;
    readonly fact: FactReference | null;
  }
>;
/** Surely without effect at the gateway. */
export type AttemptRefused = Event<
  'AttemptRefused',
  {
    readonly intent: number;
    readonly reason: 'rejected' | 'rate_limited' | 'not_sent';
    readonly message: string;
    readonly ends: FailureCode | null;
  }
>;
export type ActionRequired = Event<
  'ActionRequired',
  {
    readonly intent: number;
    readonly reference: string;
    readonly redirectUrl: string;
    readonly timesOutAt: string;
  }
>;
/** The gateway took the operation and will say later; asked for like an unknown outcome. */
export type OperationPending = Event<
  'OperationPending',
  { readonly intent: number; readonly reference: string }
>;
/** From here on only the gateway's word under the intent's key closes it. */
export type OutcomeUnknown = Event<
  'OutcomeUnknown',
  { readonly intent: number; readonly reason: string }
>;

export type CaptureRequested = Event<
  'CaptureRequested',
  StoredIntent & {
    readonly reference: string;
    readonly final: boolean;
    readonly trigger: 'command' | 'automatic' | 'timer';
  }
>;
export type CaptureApproved = Event<
  'CaptureApproved',
  {
    readonly intent: number;
    readonly reference: string;
    readonly amount: string;
    readonly settled: boolean;
    readonly fact: FactReference | null;
  }
>;
interface Declined {
  readonly intent: number;
  readonly code: DeclineCode;
  readonly message: string;
  readonly fact: FactReference | null;
}
export type CaptureDeclined = Event<'CaptureDeclined', Declined>;

/** `amount` is the new total. */
export type IncrementRequested = Event<
  'IncrementRequested',
  StoredIntent & { readonly reference: string }
>;
export type IncrementApproved = Event<
  'IncrementApproved',
  { readonly intent: number; readonly amount: string; readonly fact: FactReference | null }
>;
export type IncrementDeclined = Event<'IncrementDeclined', Declined>;

/** `target`: the intent of the authorize or purchase that is released. */
export type VoidRequested = Event<
  'VoidRequested',
  StoredIntent & {
    readonly target: number;
    readonly reference: string | null;
    readonly cause: VoidCause;
    readonly reason: string | null;
  }
>;
export type VoidApproved = Event<
  'VoidApproved',
  { readonly intent: number; readonly fact: FactReference | null }
>;
export type VoidDeclined = Event<'VoidDeclined', Declined>;

/** `target`: the intent of the authorize or purchase whose money goes back. */
export type RefundRequested = Event<
  'RefundRequested',
  StoredIntent & {
    readonly refundId: string;
    readonly target: number;
    readonly reference: string;
    readonly cause: 'command' | 'undo';
    readonly reason: string | null;
  }
>;
/** The refund is at rest with the gateway; a fact will bring its end. */
export type RefundPending = Event<
  'RefundPending',
  { readonly intent: number; readonly reference: string }
>;
export type RefundSucceeded = Event<
  'RefundSucceeded',
  { readonly intent: number; readonly amount: string; readonly fact: FactReference | null }
>;
export type RefundFailed = Event<'RefundFailed', Declined>;

/** The gateway holds nothing of the authorization any more. */
export type AuthorizationExpired = Event<
  'AuthorizationExpired',
  { readonly intent: number; readonly reason: string; readonly fact: FactReference | null }
>;
/** Asked after its end, the gateway still holds the authorization. */
export type AuthorizationExtended = Event<
  'AuthorizationExtended',
  { readonly intent: number; readonly expiresAt: string }
>;

/** `intent`: of the capture or purchase that settled. */
interface Settlement {
  readonly intent: number;
  readonly amount: string;
  readonly fact: FactReference;
}
export type CaptureSettled = Event<'CaptureSettled', Settlement>;
export type SettlementFailed = Event<'SettlementFailed', Settlement>;
/** `intent`: of the capture or purchase that is disputed. */
interface DisputeFact {
  readonly intent: number;
  readonly disputeId: string;
  readonly amount: string;
  readonly fact: FactReference;
}
export type DisputeOpened = Event<'DisputeOpened', DisputeFact>;
export type DisputeWon = Event<'DisputeWon', DisputeFact>;
export type DisputeLost = Event<'DisputeLost', DisputeFact>;
/** A fact whose operation this stream does not know; recorded so that an auditor sees it. */
export type FactUnmatched = Event<
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
export type MoneyRuleBroken = Event<
  'MoneyRuleBroken',
  {
    readonly rule:
      'captured_above_authorized' | 'refunded_above_captured' | 'dispute_on_undone_approval';
    readonly excess: string;
  }
>;
/** An operator lifted a stop, closed an open intent by hand, or ended an undoing. */
export type OperatorResolved = Event<
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
  | PaymentInitiated
  | PaymentFailed
  | ReviewRequested
  | ReviewApproved
  | ReviewRejected
  | PaymentCancelled
  | RetryRequested
  | AuthorizationRequested
  | PurchaseRequested
  | AuthorizationApproved
  | PurchaseApproved
  | AttemptDeclined
  | AttemptRefused
  | ActionRequired
  | OperationPending
  | OutcomeUnknown
  | CaptureRequested
  | CaptureApproved
  | CaptureDeclined
  | IncrementRequested
  | IncrementApproved
  | IncrementDeclined
  | VoidRequested
  | VoidApproved
  | VoidDeclined
  | RefundRequested
  | RefundPending
  | RefundSucceeded
  | RefundFailed
  | AuthorizationExpired
  | AuthorizationExtended
  | CaptureSettled
  | SettlementFailed
  | DisputeOpened
  | DisputeWon
  | DisputeLost
  | FactUnmatched
  | MoneyRuleBroken
  | OperatorResolved;

export type PaymentEventType = PaymentEvent['type'];
