import { OutcomeUnknown } from '../event-store/event-store.js';
import { InMemoryEventStore } from '../event-store/in-memory/in-memory-event-store.js';

/** The store in memory, with count of what it is asked for. */
export class CountingStore extends InMemoryEventStore {
  reads = 0;
  appended = 0;
  /** Thrown by the next appends, one each; an unknown outcome once it is stored, any other instead. */
  readonly faults: Error[] = [];

  override readStream(...given: Parameters<InMemoryEventStore['readStream']>) {
    this.reads += 1;
    return super.readStream(...given);
  }

  override async append(...given: Parameters<InMemoryEventStore['append']>) {
    this.appended += 1;
    const fault = this.faults.shift();
    if (fault !== undefined && !(fault instanceof OutcomeUnknown)) throw fault;
    const appended = await super.append(...given);
    if (fault !== undefined) throw fault;
    return appended;
  }
}
