import type { DeclineCode, FailureCode } from './failure-codes.js';
import type { EventOf, FactReference, StoredIntent, VoidCause } from './payment.event-data.js';
import type { RoutingDecision } from './routing-decision.js';

export type AuthorizationRequested = EventOf<
  'AuthorizationRequested',
  StoredIntent & { readonly routing: RoutingDecision }
>;
export type PurchaseRequested = EventOf<
  'PurchaseRequested',
  StoredIntent & { readonly routing: RoutingDecision }
>;
/** `undo`: another approval than the one the payment rests on; counts in no total and is given back. */
export type AuthorizationApproved = EventOf<
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
export type PurchaseApproved = EventOf<
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
export type AttemptDeclined = EventOf<
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
export type AttemptRefused = EventOf<
  'AttemptRefused',
  {
    readonly intent: number;
    readonly reason: 'rejected' | 'rate_limited' | 'not_sent';
    readonly message: string;
    readonly ends: FailureCode | null;
  }
>;
export type ActionRequired = EventOf<
  'ActionRequired',
  {
    readonly intent: number;
    readonly reference: string;
    readonly redirectUrl: string;
    readonly timesOutAt: string;
  }
>;
/** The gateway took the operation and will say later; asked for like an unknown outcome. */
export type OperationPending = EventOf<
  'OperationPending',
  { readonly intent: number; readonly reference: string }
>;
/** From here on only the gateway's word under the intent's key closes it. */
export type OutcomeUnknown = EventOf<
  'OutcomeUnknown',
  { readonly intent: number; readonly reason: string }
>;

export type CaptureRequested = EventOf<
  'CaptureRequested',
  StoredIntent & {
    readonly reference: string;
    readonly final: boolean;
    readonly trigger: 'command' | 'automatic' | 'timer';
  }
>;
export type CaptureApproved = EventOf<
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
export type CaptureDeclined = EventOf<'CaptureDeclined', Declined>;

/** `amount` is the new total. */
export type IncrementRequested = EventOf<
  'IncrementRequested',
  StoredIntent & { readonly reference: string }
>;
export type IncrementApproved = EventOf<
  'IncrementApproved',
  { readonly intent: number; readonly amount: string; readonly fact: FactReference | null }
>;
export type IncrementDeclined = EventOf<'IncrementDeclined', Declined>;

/** `target`: the intent of the authorize or purchase that is released. */
export type VoidRequested = EventOf<
  'VoidRequested',
  StoredIntent & {
    readonly target: number;
    readonly reference: string | null;
    readonly cause: VoidCause;
    readonly reason: string | null;
  }
>;
export type VoidApproved = EventOf<
  'VoidApproved',
  { readonly intent: number; readonly fact: FactReference | null }
>;
export type VoidDeclined = EventOf<'VoidDeclined', Declined>;

/** `target`: the intent of the authorize or purchase whose money goes back. */
export type RefundRequested = EventOf<
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
export type RefundPending = EventOf<
  'RefundPending',
  { readonly intent: number; readonly reference: string }
>;
export type RefundSucceeded = EventOf<
  'RefundSucceeded',
  { readonly intent: number; readonly amount: string; readonly fact: FactReference | null }
>;
export type RefundFailed = EventOf<'RefundFailed', Declined>;

/** The gateway holds nothing of the authorization any more. */
export type AuthorizationExpired = EventOf<
  'AuthorizationExpired',
  { readonly intent: number; readonly reason: string; readonly fact: FactReference | null }
>;
/**
 * The end that the gateway names: asked after the one known before, or in a word that comes behind an approval without
 * one, where it may also be earlier than our default.
 */
export type AuthorizationExtended = EventOf<
  'AuthorizationExtended',
  { readonly intent: number; readonly expiresAt: string }
>;

/** Intents, the words on them, and the end of an authorization. */
export type OperationEvent =
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
  | AuthorizationExtended;
