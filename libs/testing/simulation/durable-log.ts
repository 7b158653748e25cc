import type {
  Appended,
  ExpectedHead,
  LogPage,
  NewEvent,
  Position,
  RecordedEvent,
  SubscriptionOptions,
} from '../../event-store/event-store.js';
import { InMemoryEventStore } from '../../event-store/in-memory/in-memory-event-store.js';

/** Sees every append at the moment at which it is durable. */
export type Witness = (stream: string, stored: readonly RecordedEvent[]) => void;

/** The log that survives every crash, and those who look at what is stored in it. */
export class DurableLog {
  readonly #store = new InMemoryEventStore();
  readonly #lengths = new Map<string, number>();
  readonly #witnesses: Witness[] = [];
  readonly #waiting = new Set<() => void>();
  lastAppendMs = 0;

  constructor(private readonly nowMs: () => number) {}

  get streams(): Iterable<string> {
    return this.#lengths.keys();
  }

  watch(witness: Witness): void {
    this.#witnesses.push(witness);
  }

  read(stream: string, from?: number): Promise<readonly RecordedEvent[]> {
    return this.#store.readStream(stream, from);
  }

  page(after: Position, limit: number): Promise<LogPage> {
    return this.#store.readAll(after, limit);
  }

  head(): Promise<Position> {
    return this.#store.head();
  }

  subscribe(after: Position, options: SubscriptionOptions): AsyncIterable<LogPage> {
    return this.#store.subscribeAll(after, options);
  }

  nextAppend(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal?.addEventListener('abort', wake);
    });
  }

  /** @throws WrongRevision, ChainBroken */
  async append(
    stream: string,
    expected: ExpectedHead,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    const appended = await this.#store.append(stream, expected, events);
    const known = this.#lengths.get(stream) ?? 0;
    const stored = await this.#store.readStream(stream, known);
    this.#lengths.set(stream, known + stored.length);
    if (stored.length > 0) {
      this.lastAppendMs = this.nowMs();
      for (const witness of this.#witnesses) witness(stream, stored);
      for (const wake of this.#waiting) wake();
    }
    return appended;
  }
}
