import type { PaymentEvent } from './payment.events.js';
import type { Payment, Phase } from './payment.state.js';

/** What the fold needs of an event's metadata. */
export interface Recorded {
  /** ISO instant at which it was recorded. */
  readonly at: string;
  /** Hash of the call that this event opened. */
  readonly call?: string | undefined;
  /** Hashes of the calls that this event brought to rest. */
  readonly answers?: readonly string[] | undefined;
}

export type PastPaymentEvent = PaymentEvent & Recorded;

/** Events of these types. */
export type EventNamed<Type extends PaymentEvent['type']> = Extract<PaymentEvent, { type: Type }>;

/** A stream that no sequence of decisions can have written. */
export class CorruptStreamError extends Error {
  readonly code = 'CORRUPT_STREAM';
}

/** An end reached by the gateway's word replaces only a phase that still goes on. */
export function endedPhase(payment: Payment, end: Phase): Phase {
  switch (payment.phase.name) {
    case 'INITIATED':
    case 'UNDER_REVIEW':
    case 'PROCESSING':
    case 'REQUIRES_ACTION':
    case 'AUTHORIZED':
      return end;
    case 'FAILED':
    case 'CANCELLED':
    case 'EXPIRED':
      return payment.phase;
  }
}
