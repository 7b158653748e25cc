import type { FailureCode } from './failure-codes.js';
import type { StoredPaymentMethod, VoidCause } from './payment.events.js';
import type { PaymentStatus } from './payment-status.js';

/**
 * Where an operation stands. `open`: intent durable, no word yet; `unknown`: its sender lost track, only the
 * gateway's word closes it; `pending`: the gateway will say later; `action`: the customer must act.
 */
export type OperationOutcome =
  'open' | 'unknown' | 'pending' | 'action' | 'approved' | 'declined' | 'refused';

interface OperationCore {
  readonly intent: number;
  readonly key: string;
  readonly gateway: string;
  /** As asked for; once approved what the gateway said. */
  readonly amount: bigint;
  readonly requestedAt: string;
  /** When its last word (or the loss of it) was recorded. */
  readonly updatedAt: string;
  /** Revision of the intent's event. */
  readonly revision: number;
  readonly outcome: OperationOutcome;
  /** Normalised decline or refusal code. */
  readonly code: string | null;
  readonly message: string | null;
  /** The gateway's own reference once it gave one. */
  readonly reference: string | null;
}

/** An authorize or purchase: an attempt at the payment. */
export interface Attempt extends OperationCore {
  readonly operation: 'authorize' | 'purchase';
  readonly redirectUrl: string | null;
  readonly actionTimesOutAt: string | null;
  /** Approved beside or after what the payment rests on: to be given back, or given back already. */
  readonly undo: 'no' | 'due' | 'done';
  /** Released by an approved void. */
  readonly voided: boolean;
  readonly settlement: Settlement;
}
export interface Capture extends OperationCore {
  readonly operation: 'capture';
  readonly final: boolean;
  readonly trigger: 'command' | 'automatic' | 'timer';
  readonly settlement: Settlement;
}
export interface Increment extends OperationCore {
  readonly operation: 'increment';
}
export interface Void extends OperationCore {
  readonly operation: 'void';
  readonly target: number;
  readonly cause: VoidCause;
  readonly reason: string | null;
}
export interface Refund extends OperationCore {
  readonly operation: 'refund';
  readonly refundId: string;
  readonly target: number;
  readonly cause: 'command' | 'undo';
  readonly reason: string | null;
  /** The feed told that it failed: an approval that still comes as an answer is older. */
  readonly failedInFeed: boolean;
}

export type Settlement = 'none' | 'settled' | 'failed';
export type Operation = Attempt | Capture | Increment | Void | Refund;

export interface Dispute {
  readonly id: string;
  /** Intent of the disputed capture or purchase. */
  readonly intent: number;
  readonly amount: bigint;
  readonly status: 'open' | 'won' | 'lost';
  readonly openedAt: string;
}

/** How far the payment has come while nothing is captured, or while more may be captured. */
export type Phase =
  | { readonly name: 'INITIATED' }
  | { readonly name: 'UNDER_REVIEW'; readonly origin: 'INITIATED' | 'AUTHORIZED' }
  | { readonly name: 'PROCESSING' }
  | { readonly name: 'REQUIRES_ACTION'; readonly intent: number }
  | { readonly name: 'AUTHORIZED' }
  | { readonly name: 'FAILED'; readonly code: FailureCode; readonly message: string }
  | { readonly name: 'CANCELLED' }
  | { readonly name: 'EXPIRED' };

/** The approved authorize that the payment rests on, and what it still holds. */
export interface Hold {
  readonly intent: number;
  readonly expiresAt: string;
  readonly windowFrom: 'gateway' | 'default';
  readonly state: 'held' | 'released' | 'gone';
}

/** A void was asked for and its direction stands until it is reached. */
export interface VoidWish {
  readonly cause: VoidCause;
  readonly target: number;
}

/** Commands wait: an operator must look, or the rule must hold again. */
export interface Stop {
  readonly cause: 'money_rule' | 'undo_exhausted';
}

/** A call that no event has answered yet. */
export interface OpenCall {
  readonly keyHash: string;
  readonly since: string;
}

/** The fold of one payment's stream. */
export interface Payment {
  readonly revision: number;
  readonly id: string;
  readonly merchantId: string;
  /** What the merchant asked for, minor units. */
  readonly amount: bigint;
  readonly currency: string;
  readonly captureMethod: 'automatic' | 'manual';
  readonly captureAfterS: number | null;
  readonly paymentMethod: StoredPaymentMethod;
  readonly customerId: string | null;
  readonly orderId: string | null;
  readonly description: string | null;
  readonly metadata: { readonly [name: string]: string } | null;
  readonly createdAt: string;
  readonly updatedAt: string;

  readonly status: PaymentStatus;
  readonly phase: Phase;
  /** A person rejected it: no retry. */
  readonly rejected: boolean;
  /** Operations before this index belong to an earlier life, ended by a retry. */
  readonly lifeFrom: number;
  /** Index `intent - 1`. */
  readonly operations: readonly Operation[];
  /** Intent of the approved authorize or purchase that the payment rests on. */
  readonly base: number | null;
  readonly hold: Hold | null;
  readonly authorizedAt: string | null;
  readonly lastCaptureAt: string | null;
  readonly amountAuthorized: bigint;
  readonly amountCaptured: bigint;
  readonly amountRefunded: bigint;
  /** Refunds that are open, unknown or pending. */
  readonly amountRefunding: bigint;
  /** Open and lost disputes. */
  readonly amountChargedBack: bigint;
  /** What took money last; decides REFUNDED or DISPUTED when nothing is left. */
  readonly lastTaker: 'refund' | 'dispute' | null;
  readonly disputes: readonly Dispute[];
  /** Why the last capture, increment or void was declined. */
  readonly declined: { readonly code: string; readonly message: string } | null;
  readonly wish: VoidWish | null;
  /** Known facts, `gateway/id`. */
  readonly facts: readonly string[];
  /** Intents that an operator closed as declined while their gateway gave no word. */
  readonly closedByHand: readonly number[];
  readonly stop: Stop | null;
  /** Minor units by which a money rule was broken when last recorded or lifted. */
  readonly knownExcess: bigint;
  /** Declined voids and refunds of our own since the last success or lift. */
  readonly ownDeclines: number;
  readonly lastOwnDeclineAt: string | null;
  readonly openCall: OpenCall | null;
}
