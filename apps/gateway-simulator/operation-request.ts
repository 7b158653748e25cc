import type { OperationName } from './books.js';
import type { Faults } from './faults.js';

/** A call as it came, its shape checked. */
export interface OperationRequest {
  readonly gateway: string;
  readonly operation: OperationName;
  readonly key: string;
  readonly paymentId: string;
  /** Minor units; of an increment the new total, 0 of a void. */
  readonly amount: bigint;
  /** null of a void. */
  readonly currency: string | null;
  /** Of authorize and purchase. */
  readonly token: string | null;
  /** Of the operation that it builds on, as this gateway gave it. */
  readonly reference: string | null;
  /** Of a void: the key of the authorize or purchase, where no reference is known. */
  readonly authorizationKey: string | null;
  readonly final: boolean;
}

/** The instant, and how the gateway is set at it. */
export interface Circumstances {
  readonly nowMs: number;
  readonly faults: Faults;
}
