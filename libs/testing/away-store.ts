import { StoreUnavailable } from '../event-store/event-store.js';
import { InMemoryEventStore } from '../event-store/in-memory/in-memory-event-store.js';

/** A store in memory that can be away. */
export class AwayStore extends InMemoryEventStore {
  away = false;
  /** Reads of streams so far, those in vain included. */
  reads = 0;
  /** From which revision each of them read. */
  readonly froms: number[] = [];

  override async readStream(stream: string, from?: number) {
    this.reads += 1;
    this.froms.push(from ?? 0);
    if (this.away) throw new StoreUnavailable('away');
    return await super.readStream(stream, from);
  }
}
