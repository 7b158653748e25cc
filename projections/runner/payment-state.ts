import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import { evolvePayment } from '../../libs/payments/payment.fold.js';
import type { Payment } from '../../libs/payments/payment.state.js';
import { PAYMENT_STREAM_PREFIX } from '../../libs/payments/payment.stream.js';
import { UnknownEventError } from '../../libs/payments/payment.upcasters.js';

/** An event is missing between the state and the one at hand; going on would make wrong sums. */
export class ProjectionGap extends Error {
  readonly code = 'PROJECTION_GAP';
}

/**
 * The event's stream where it is a payment's, else null. States are kept under the stream's name, as an id would be one
 * more string an event.
 */
export function paymentStreamOf({ stream }: RecordedEvent): string | null {
  return stream.startsWith(PAYMENT_STREAM_PREFIX) ? stream : null;
}

/**
 * The payment after the event; as it was for a repeated event and for events of other streams. A type of a newer
 * release only moves the revision: the release that knows it raises the schema version and builds the model anew.
 * @throws ProjectionGap, CorruptStreamError
 */
export function nextPayment(state: Payment | null, event: RecordedEvent): Payment | null {
  if (paymentStreamOf(event) === null) return state;
  const expected = (state?.revision ?? -1) + 1;
  if (event.revision < expected) return state;
  if (event.revision > expected) {
    throw new ProjectionGap(`${event.stream}: revision ${event.revision} came before ${expected}`);
  }
  try {
    return foldedOnce(state, event);
  } catch (error) {
    if (!(error instanceof UnknownEventError)) throw error;
    return state === null
      ? null
      : { ...state, revision: event.revision, updatedAt: event.metadata.at };
  }
}

/** What an event made of the payment before it. */
interface Folded {
  readonly before: Payment | null;
  readonly after: Payment;
}

/** By the event as it was read: the readers of one process share what they read, so the first folds it for all. */
const folded = new WeakMap<RecordedEvent, Folded>();

/** `evolvePayment`, once for all readers of the process. @throws CorruptStreamError, UnknownEventError */
export function foldedOnce(state: Payment | null, event: RecordedEvent): Payment {
  const known = folded.get(event);
  if (known !== undefined && known.before === state) return known.after;
  const after = evolvePayment(state, event);
  folded.set(event, { before: state, after });
  return after;
}
