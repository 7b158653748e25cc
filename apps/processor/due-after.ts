import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import { isRunning } from '../../libs/orchestration/payment-continuation.js';
import { nextStep } from '../../libs/payments/payment.next-step.js';
import { unconfirmedDeclines } from '../../libs/payments/payment.questions.js';
import type { Payment } from '../../libs/payments/payment.state.js';
import { paymentIdOf } from '../../libs/payments/payment.stream.js';
import { concernOfType, type Concern } from './concern-of-type.js';

export interface DuePayment {
  readonly paymentId: string;
  readonly revision: number;
  readonly concern: Concern;
  /** ISO instant where the concern is `at`, else null. */
  readonly at: string | null;
  /** Its stream began with these events: nothing was noted of it before. */
  readonly isNew: boolean;
}

/**
 * The latest concern of every payment in the events, which are in log order. `payments`: by stream, as they are after
 * the events; for those that could not be folded the type of their last event tells.
 */
export function dueAfter(
  events: readonly RecordedEvent[],
  payments: ReadonlyMap<string, Payment>,
): readonly DuePayment[] {
  const latest = new Map<string, DuePayment>();
  for (const event of events) {
    const paymentId = paymentIdOf(event.stream);
    const payment = payments.get(event.stream);
    const known = payment?.revision === event.revision ? concernOf(payment) : null;
    const { concern, at } = besides(concernOfType(event), known);
    const { revision } = event;
    const own = { paymentId, revision, concern, at, isNew: revision === 0 };
    latest.set(paymentId, joined(latest.get(paymentId), own));
  }
  return [...latest.values()];
}

/** Two notes of one payment as one: the later counts, unless its event is about something else (`aside`). */
export function joined(earlier: DuePayment | undefined, later: DuePayment): DuePayment {
  if (earlier === undefined) return later;
  const { concern, at } = later.concern === 'aside' ? earlier : later;
  const { paymentId, revision } = later;
  return { paymentId, revision, concern, at, isNew: earlier.isNew };
}

type Known = Pick<DuePayment, 'concern' | 'at'>;

/** A fact may come while another operation runs, whose time goes on. */
function besides(byType: Concern, known: Known | null): Known {
  if (known === null) return { concern: byType, at: null };
  return byType === 'aside' && known.concern === 'running' ? { concern: 'aside', at: null } : known;
}

/** As a continuation would find it. */
function concernOf(payment: Payment): Known {
  if (isRunning(payment)) return { concern: 'running', at: null };
  if (unconfirmedDeclines(payment).length > 0) return { concern: 'ask', at: null };
  const step = nextStep(payment);
  if (step.step === 'none') return { concern: 'over', at: null };
  if (step.at !== null) return { concern: 'at', at: step.at };
  return { concern: step.step === 'learn' ? 'ask' : 'look', at: null };
}
