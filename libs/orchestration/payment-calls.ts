import type { JsonObject, Position } from '../event-store/event-store.js';
import type { PaymentView } from '../payments/payment.view.js';
import type { StoredPaymentMethod } from '../payments/payment.events.js';
import type { IdempotencyHashes } from '../platform/request-hashes.js';

/** What a client asks of a payment: the validated body, in our own terms. Amounts in minor units. */
export type PaymentRequest =
  | {
      readonly command: 'create';
      readonly merchantId: string;
      readonly amount: bigint;
      readonly currency: string;
      readonly captureMethod: 'automatic' | 'manual';
      readonly captureAfterS: number | null;
      readonly paymentMethod: StoredPaymentMethod;
      readonly customerId: string | null;
      readonly orderId: string | null;
      readonly description: string | null;
      readonly metadata: { readonly [name: string]: string } | null;
      /** Keyed hashes; the values themselves never leave the API. */
      readonly customerIpHash: string | null;
      readonly customerEmailHash: string | null;
    }
  | { readonly command: 'confirm' }
  /** `amount` null: all that is left. */
  | { readonly command: 'capture'; readonly amount: bigint | null; readonly final: boolean }
  | { readonly command: 'cancel'; readonly reason: string | null }
  /** `amount`: the new total. */
  | { readonly command: 'increment_authorization'; readonly amount: bigint }
  | { readonly command: 'retry'; readonly paymentMethod: StoredPaymentMethod | null }
  /** `amount` null: all that is left. */
  | { readonly command: 'refund'; readonly amount: bigint | null; readonly reason: string | null }
  | { readonly command: 'approve'; readonly reason: string | null }
  | { readonly command: 'reject'; readonly reason: string | null }
  | {
      readonly command: 'resolve';
      readonly reason: string;
      readonly operation: {
        readonly intent: number;
        readonly outcome: 'approved' | 'declined' | 'undone';
        readonly amount: bigint | null;
        readonly gatewayReference: string | null;
      } | null;
    };

export type CommandName = PaymentRequest['command'];

export interface PaymentCall {
  /** `pay_...`; for create derived from (merchant, Idempotency-Key), or random for a dry run without key. */
  readonly paymentId: string;
  readonly request: PaymentRequest;
  /** Only payments of this merchant exist for the caller; null: of all merchants. */
  readonly tenant: string | null;
  /** `merchant:mer_...`, `operator:key_...`, `admin:key_...`. */
  readonly actor: string;
  /** Null where no Idempotency-Key was given. */
  readonly idempotency: IdempotencyHashes | null;
  readonly correlationId: string;
  /** From If-Match. */
  readonly expectedRevision: number | null;
  readonly dryRun: boolean;
}

export type CallAnswer =
  | {
      readonly kind: 'payment';
      readonly status: 200 | 201 | 202;
      readonly payment: PaymentView;
      readonly position: Position;
      readonly replayed: boolean;
    }
  | {
      readonly kind: 'dry_run';
      readonly events: readonly {
        readonly type: string;
        readonly version: number;
        readonly data: JsonObject;
      }[];
    }
  | CallRefusal;

export interface CallRefusal {
  readonly kind: 'refused';
  readonly code: CallRefusalCode;
  readonly detail: string;
  /** Seconds, for the Retry-After header. */
  readonly retryAfterS: number | null;
  /** Correlation id of the call's own events where the refusal is an event (CAPTURE_DECLINED and its like). */
  readonly correlationId: string | null;
  readonly revision: number | null;
  readonly position: Position | null;
  readonly replayed: boolean;
}

/** HTTP status of every refusal; the one table that maps them. */
export const REFUSAL_STATUS = {
  PAYMENT_NOT_FOUND: 404,
  ILLEGAL_TRANSITION: 409,
  PAYMENT_STOPPED: 409,
  NOTHING_TO_RESOLVE: 409,
  IDEMPOTENCY_KEY_IN_FLIGHT: 409,
  OPERATION_IN_PROGRESS: 409,
  CONCURRENT_UPDATE: 409,
  REVISION_MISMATCH: 412,
  IDEMPOTENCY_KEY_REUSED: 422,
  CAPTURE_EXCEEDS_AUTHORIZED: 422,
  CAPTURE_LIMIT_REACHED: 422,
  CAPTURE_DECLINED: 422,
  INCREMENT_NOT_ABOVE_AUTHORIZED: 422,
  INCREMENT_LIMIT_REACHED: 422,
  INCREMENT_DECLINED: 422,
  VOID_DECLINED: 422,
  REFUND_EXCEEDS_CAPTURED: 422,
  REFUND_LIMIT_REACHED: 422,
  REFUND_WINDOW_CLOSED: 422,
  RETRY_NOT_ALLOWED: 422,
  UNSUPPORTED_BY_GATEWAY: 422,
  HOOK_VETOED: 422,
  RESOLUTION_NOT_POSSIBLE: 422,
  GATEWAY_UNAVAILABLE: 503,
  STORE_UNAVAILABLE: 503,
  CALL_DEADLINE_EXCEEDED: 503,
} as const;

export type CallRefusalCode = keyof typeof REFUSAL_STATUS;

/** Runs a client's call on a payment to its answer. Throws nothing but bugs. */
export abstract class PaymentCalls {
  abstract execute(call: PaymentCall): Promise<CallAnswer>;
}
