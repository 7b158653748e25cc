import type { EventStore, LogFilter, LogPage, Position, RecordedEvent } from '../event-store.js';
import { matches } from '../position.js';
import type { OperationCount } from './operation-count.js';
import { oneIn, randomFilter, type Choose } from './random-events.js';

const PAGES_OF_A_READING_MAX = 30;
const OPERATIONS_OF_A_READING_MAX = 150;
const SLOW_OPERATIONS_MAX = 30;
const BATCH_SIZES = [1, 3, 7, 500];

/** Reads on from its last page through one subscription after the other, which it leaves or cancels at any time. */
export class RandomReader {
  readonly seen: RecordedEvent[] = [];
  readonly faults: string[] = [];
  readings = 0;
  private readonly filter: LogFilter | undefined;
  private readonly batchMax: number;
  private readonly slow: boolean;
  private position: Position;

  constructor(
    private readonly store: EventStore,
    private readonly choose: Choose,
    readonly from: Position,
  ) {
    this.filter = randomFilter(choose);
    this.batchMax = BATCH_SIZES[choose(BATCH_SIZES.length)] ?? 1;
    this.slow = oneIn(choose, 2);
    this.position = from;
  }

  /** As long as something happens. */
  async follow(count: OperationCount): Promise<void> {
    while (!count.over.aborted) {
      const cancelled = new AbortController();
      // The reader may stand in the middle of a page or wait for one.
      const cancelling = count.more(1 + this.choose(OPERATIONS_OF_A_READING_MAX));
      void cancelling.then(() => cancelled.abort());
      let pagesLeft = 1 + this.choose(PAGES_OF_A_READING_MAX);
      for await (const page of this.subscribe(cancelled.signal)) {
        this.take(page);
        if (this.slow) await count.more(this.choose(SLOW_OPERATIONS_MAX));
        if (--pagesLeft === 0) break;
      }
    }
  }

  /** What is left up to `end`, in one reading. */
  async catchUp(end: Position, signal: AbortSignal): Promise<void> {
    if (this.position >= end) return;
    for await (const page of this.subscribe(signal)) {
      this.take(page);
      if (this.position >= end) return;
    }
    this.faults.push(`${this.name} came to ${this.position} and not to the end, ${end}`);
  }

  wants(event: RecordedEvent): boolean {
    return event.position > this.from && matches(event.stream, this.filter);
  }

  get name(): string {
    const filter = JSON.stringify(this.filter?.streamPrefixes ?? 'everything');
    return `the reader of ${filter} from ${this.from} by ${this.batchMax}`;
  }

  private subscribe(signal: AbortSignal): AsyncIterable<LogPage> {
    this.readings += 1;
    const { filter, batchMax } = this;
    return this.store.subscribeAll(this.position, {
      signal,
      batchMax,
      ...(filter !== undefined && { filter }),
    });
  }

  private take({ events, position, atEnd }: LogPage): void {
    const blame = (fault: string) => this.faults.push(`${this.name}, at ${position}: ${fault}`);
    if (events.length > this.batchMax) blame(`${events.length} events in a page`);
    if (position < this.position) blame(`the page before ended at ${this.position}`);
    if (position === this.position && !atEnd) blame('a page without news');
    for (const event of events) {
      if (event.position > position) blame(`${event.position} is not in the page`);
    }
    this.seen.push(...events);
    this.position = position;
  }
}
