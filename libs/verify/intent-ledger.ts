import type { Position } from '../event-store/event-store.js';
import type { Operation, Payment } from '../payments/payment.state.js';

/** What a stream says of one operation at a gateway. */
export interface KnownIntent {
  readonly stream: string;
  /** Of the last event that changed it. */
  readonly revision: number;
  readonly position: Position;
  readonly operation: Operation['operation'];
  readonly gateway: string;
  /** Minor units; once approved what the gateway said. */
  readonly amount: bigint;
  readonly currency: string;
  readonly outcome: Operation['outcome'];
  /** How often the gateway's books have it as approved. */
  charges: number;
}

/** All intents by their key. About 0.3 KB each: kept only where there are books to compare with. */
export class IntentLedger {
  readonly byKey = new Map<string, KnownIntent>();

  /** Takes in what one event changed. */
  take(stream: string, position: Position, change: PaymentChange): void {
    const { before, after } = change;
    after.operations.forEach((operation, index) => {
      if (before?.operations[index] === operation) return;
      this.byKey.set(operation.key, {
        stream,
        position,
        revision: after.revision,
        operation: operation.operation,
        gateway: operation.gateway,
        amount: operation.amount,
        currency: after.currency,
        outcome: operation.outcome,
        charges: 0,
      });
    });
  }
}

export interface PaymentChange {
  readonly before: Payment | null;
  readonly after: Payment;
}
