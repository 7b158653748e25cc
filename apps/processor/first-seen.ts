import type { Clock } from '../../libs/platform/clock.js';

export const SEEN_MAX = 100_000;

/** When this process first saw the latest event of a running payment, by its own monotonic clock. */
export class FirstSeen {
  readonly #seen = new Map<string, { readonly revision: number; readonly atMs: number }>();

  constructor(private readonly clock: Clock) {}

  /** From now on the age of this revision counts, unless it was seen before. */
  add(row: Seen): void {
    this.ageMs(row);
  }

  /** Milliseconds since this revision was first seen; 0 where that is now. */
  ageMs(row: Seen): number {
    const nowMs = this.clock.monotonicMs();
    const known = this.#seen.get(row.paymentId);
    if (known !== undefined && known.revision === row.revision) return nowMs - known.atMs;
    this.#seen.set(row.paymentId, { revision: row.revision, atMs: nowMs });
    this.#shrink();
    return 0;
  }

  /** A later event is not of the runner: its time goes on. */
  moveOn(row: Seen): void {
    const known = this.#seen.get(row.paymentId);
    if (known !== undefined && known.revision < row.revision) {
      this.#seen.set(row.paymentId, { revision: row.revision, atMs: known.atMs });
    }
  }

  forget(paymentId: string): void {
    this.#seen.delete(paymentId);
  }

  #shrink(): void {
    for (const paymentId of this.#seen.keys()) {
      if (this.#seen.size <= SEEN_MAX) return;
      this.#seen.delete(paymentId);
    }
  }
}

interface Seen {
  readonly paymentId: string;
  readonly revision: number;
}
