/** What stored events are made of; their rules are those of payment.events.ts. */

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

/** One stored event type. */
export interface EventOf<Type extends string, Data> {
  readonly type: Type;
  readonly data: Data;
}
