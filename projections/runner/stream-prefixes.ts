import type { EventStore, RecordedEvent } from '../../libs/event-store/event-store.js';

type Streams = Pick<EventStore, 'readStream'>;

/** Streams whose last read is kept. */
const STREAMS_KEPT_MAX = 500;

const shared = new WeakMap<Streams, StreamPrefixes>();

/**
 * What streams held before a revision. The followers of one process come to the same page of the log one after the other
 * and miss the same streams: the first reads for all. What was read stays true, since streams only grow.
 */
export class StreamPrefixes {
  readonly #reads = new Map<string, Promise<readonly RecordedEvent[]>>();

  private constructor(private readonly store: Streams) {}

  static of(store: Streams): StreamPrefixes {
    const known = shared.get(store) ?? new StreamPrefixes(store);
    shared.set(store, known);
    return known;
  }

  /** The events of revisions below the given one, in order. @throws StoreUnavailable */
  async before(stream: string, revision: number): Promise<readonly RecordedEvent[]> {
    let events = await (this.#reads.get(stream) ?? this.#read(stream));
    if (events.length < revision) events = await this.#read(stream);
    return events.filter((event) => event.revision < revision);
  }

  async #read(stream: string): Promise<readonly RecordedEvent[]> {
    const reading = this.store.readStream(stream);
    this.#reads.set(stream, reading);
    for (const oldest of this.#reads.keys()) {
      if (this.#reads.size <= STREAMS_KEPT_MAX) break;
      this.#reads.delete(oldest);
    }
    try {
      return await reading;
    } catch (error) {
      this.#reads.delete(stream);
      throw error;
    }
  }
}
