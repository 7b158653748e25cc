import type { PaymentEvent } from './payment.events.js';
import { OWN_STEP_TRIES_MAX } from './payment.limits.js';
import type { Attempt, Operation, Payment, Phase, Refund } from './payment.state.js';

/** An event with what the fold needs of its metadata. */
export type PastPaymentEvent = PaymentEvent & {
  /** ISO instant at which it was recorded. */
  readonly at: string;
  /** Hash of the call that this event opened. */
  readonly call?: string | undefined;
  /** Hashes of the calls that this event brought to rest. */
  readonly answers?: readonly string[] | undefined;
};

/** Past events of these types. */
export type PastOf<Type extends PaymentEvent['type']> = Extract<PastPaymentEvent, { type: Type }>;

/** A stream that no sequence of decisions can have written. */
export class CorruptStreamError extends Error {
  readonly code = 'CORRUPT_STREAM';
}

/** What an event changes of a payment. */
export type Change = Partial<Payment>;

/** Fields that a word may set on an operation. */
export type Patch = Partial<Omit<Attempt, 'operation'> & Pick<Refund, 'failedInFeed'>>;

/** The operations with the event's one changed. @throws CorruptStreamError where there is none */
export function updated(
  payment: Payment,
  event: { readonly at: string; readonly data: { readonly intent: number } },
  patch: Patch,
): readonly Operation[] {
  const index = event.data.intent - 1;
  const operation = payment.operations[index];
  if (operation === undefined) throw new CorruptStreamError(`no intent ${event.data.intent}`);
  const operations = payment.operations.slice();
  // The patch holds only fields that operations of this event's kind have.
  operations[index] = { ...operation, ...patch, updatedAt: event.at } as Operation;
  return operations;
}

export function declinedPatch(data: { readonly code: string; readonly message: string }): Patch {
  return { outcome: 'declined', code: data.code, message: data.message };
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

/** A declined step of our own: counted, paused, and after the last try left to an operator. */
export function ownStepDeclined(payment: Payment, at: string): Change {
  const ownDeclines = payment.ownDeclines + 1;
  const exhausted = ownDeclines >= OWN_STEP_TRIES_MAX;
  return {
    ownDeclines,
    lastOwnDeclineAt: at,
    ...(exhausted ? { stop: { cause: 'undo_exhausted' } as const } : {}),
  };
}
