import { evolveRecorded } from './payment.evolve.js';
import type { Payment } from './payment.state.js';
import { upcast, type StoredPaymentEvent } from './payment.upcasters.js';

/** A stored event with the metadata that the fold reads. */
export interface RecordedPaymentEvent extends StoredPaymentEvent {
  readonly metadata: {
    readonly at: string;
    readonly idempotency?: string;
    readonly answers?: readonly string[];
  };
}

/** The payment that a stream tells of; null for an empty one. @throws CorruptStreamError, UnknownEventError */
export function foldPayment(events: readonly RecordedPaymentEvent[]): Payment | null {
  let payment: Payment | null = null;
  for (const event of events) payment = evolvePayment(payment, event);
  return payment;
}

/** The payment after one more stored event. @throws CorruptStreamError, UnknownEventError */
export function evolvePayment(payment: Payment | null, event: RecordedPaymentEvent): Payment {
  const { at, idempotency, answers } = event.metadata;
  return evolveRecorded(payment, upcast(event), { at, call: idempotency, answers });
}
