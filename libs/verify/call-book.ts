import type { RecordedEvent } from '../event-store/event-store.js';

/** The calls of one payment: each is opened once and answered at most once, behind its opening. */
export class CallBook {
  readonly #answered = new Map<string, boolean>();

  static of(events: readonly RecordedEvent[]): CallBook {
    const book = new CallBook();
    for (const event of events) book.take(event);
    return book;
  }

  /** What is wrong with the event's calls; null: nothing. */
  take({ metadata }: RecordedEvent): string | null {
    const { idempotency, answers = [] } = metadata;
    const faults: string[] = [];
    if (idempotency !== undefined) {
      if (this.#answered.has(idempotency)) faults.push(`opens the call ${idempotency} once more`);
      else this.#answered.set(idempotency, false);
    }
    for (const call of answers) {
      const answered = this.#answered.get(call);
      if (answered === undefined) faults.push(`answers the call ${call}, which was never opened`);
      if (answered === true) faults.push(`answers the call ${call} once more`);
      this.#answered.set(call, true);
    }
    return faults.length === 0 ? null : faults.join('; ');
  }
}
