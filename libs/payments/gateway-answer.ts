import type { DeclineCode } from './failure-codes.js';

/**
 * What a gateway's answer means; a closed union.
 * `authorizationGone` in any word says that the authorization beneath holds nothing any more.
 */
export type GatewayAnswer =
  | {
      readonly outcome: 'approved';
      readonly reference: string;
      readonly amount: bigint;
      readonly currency: string;
      /** Of an authorization: until when the gateway holds it (ISO instant); null where it doesn't say. */
      readonly expiresAt: string | null;
      /** Purchase and capture: the money is already settled. */
      readonly settled: boolean;
      readonly authorizationGone: boolean;
    }
  | {
      readonly outcome: 'declined';
      readonly code: DeclineCode;
      /** The gateway's own words, for operators. */
      readonly message: string;
      readonly authorizationGone: boolean;
    }
  | {
      readonly outcome: 'requires_action';
      readonly reference: string;
      readonly redirectUrl: string;
    }
  | { readonly outcome: 'pending'; readonly reference: string }
  /** Surely no effect. `rejected`: a 4xx; `rate_limited`: 429; `not_sent`: no byte left this machine. */
  | {
      readonly outcome: 'refused';
      readonly reason: 'rejected' | 'rate_limited' | 'not_sent';
      readonly message: string;
      /** Of a 429 that says for how long, in ms (0: only this call); kept by whoever sends, in no event. */
      readonly retryAfterMs?: number;
    }
  /** Time-out, reset, 5xx, 3xx, 408, 409 key in use, 425, 499, key used with other content, an unreadable 2xx. */
  | { readonly outcome: 'unknown'; readonly message: string };

/** Something that happened at the gateway without a call of ours; known by (gateway, id). */
export interface GatewayFact {
  readonly id: string;
  readonly paymentId: string;
  /** Key of the operation that the fact is about (a dispute: of the capture or purchase). */
  readonly key: string;
  /** The gateway's own reference of that operation, where the feed names it. */
  readonly reference?: string;
  readonly at: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly kind:
    | { readonly type: 'settled' }
    | { readonly type: 'settlement_failed' }
    | { readonly type: 'refund_succeeded' }
    | { readonly type: 'refund_failed' }
    | { readonly type: 'dispute_opened'; readonly disputeId: string }
    | { readonly type: 'dispute_won'; readonly disputeId: string }
    | { readonly type: 'dispute_lost'; readonly disputeId: string }
    /** The customer's act, or an operation that was pending, came to an end. */
    | {
        readonly type: 'operation_approved';
        readonly reference: string;
        readonly expiresAt: string | null;
        readonly settled: boolean;
      }
    | {
        readonly type: 'operation_declined';
        readonly code: DeclineCode;
        readonly message: string;
      }
    | { readonly type: 'authorization_gone' };
}
