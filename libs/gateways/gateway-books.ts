/** One entry of a gateway's own books: an effect, or a decline, which moved nothing. */
export interface BookEntry {
  readonly gateway: string;
  readonly paymentId: string;
  readonly operation: 'authorize' | 'purchase' | 'capture' | 'increment' | 'void' | 'refund';
  /** The idempotency key under which it was asked for. */
  readonly key: string;
  /** Minor units. */
  readonly amount: bigint;
  readonly currency: string;
  /** `approved` moved money; anything else did not, or not yet. */
  readonly outcome: string;
}
