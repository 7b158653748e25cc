import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import type { Payment } from '../../libs/payments/payment.state.js';
import { foldedOnce } from '../../projections/runner/payment-state.js';
import type { StreamPrefixes } from '../../projections/runner/stream-prefixes.js';

const PAYMENTS_KEPT_MAX = 5_000;
/** Streams that are read at once. */
const READS_AT_ONCE_MAX = 200;

/** Payments folded along with the log, so that most need no read of their own. */
export class FollowedPayments {
  readonly #payments = new Map<string, Payment>();

  constructor(private readonly streams: Pick<StreamPrefixes, 'before'>) {}

  /** Payments as they are after the events, by stream; without those that can't be folded here. */
  async after(events: readonly RecordedEvent[]): Promise<ReadonlyMap<string, Payment>> {
    await this.#fillIn(events);
    const touched = new Map<string, Payment | null>();
    for (const event of events) {
      const { stream } = event;
      const known = touched.get(stream);
      const before = known === undefined ? (this.#payments.get(stream) ?? null) : known;
      touched.set(stream, folded(before, event));
    }
    const after = new Map<string, Payment>();
    for (const [stream, payment] of touched) {
      // Deleted first, so that the oldest entry of the map is the one longest unused.
      this.#payments.delete(stream);
      if (payment === null) continue;
      this.#payments.set(stream, payment);
      after.set(stream, payment);
    }
    this.#shrink();
    return after;
  }

  async #fillIn(events: readonly RecordedEvent[]): Promise<void> {
    const firsts = new Map<string, RecordedEvent>();
    for (const event of events) if (!firsts.has(event.stream)) firsts.set(event.stream, event);
    const missing = [...firsts.values()].filter(
      ({ stream, revision }) => revision > 0 && !this.#payments.has(stream),
    );
    for (let from = 0; from < missing.length; from += READS_AT_ONCE_MAX) {
      await Promise.all(missing.slice(from, from + READS_AT_ONCE_MAX).map((it) => this.#read(it)));
    }
  }

  async #read({ stream, revision }: RecordedEvent): Promise<void> {
    // Without its past a payment is looked at by the type of its event: nothing depends on this read.
    const past = await this.streams.before(stream, revision).catch(() => []);
    let payment: Payment | null = null;
    for (const event of past) payment = folded(payment, event);
    if (payment !== null) this.#payments.set(stream, payment);
  }

  #shrink(): void {
    for (const stream of this.#payments.keys()) {
      if (this.#payments.size <= PAYMENTS_KEPT_MAX) return;
      this.#payments.delete(stream);
    }
  }
}

/** Null where an event is missing between, or is of a newer release, or makes no sense: the continuation then says so. */
function folded(before: Payment | null, event: RecordedEvent): Payment | null {
  if (event.revision !== (before?.revision ?? -1) + 1) return null;
  try {
    return foldedOnce(before, event);
  } catch {
    return null;
  }
}
