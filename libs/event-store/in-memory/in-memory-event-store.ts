import { randomBytes } from 'node:crypto';
import {
  ChainBroken,
  EventStore,
  LOG_START,
  StoreUnavailable,
  WrongRevision,
  type Appended,
  type ExpectedHead,
  type LogFilter,
  type LogPage,
  type NewEvent,
  type Position,
  type RecordedEvent,
  type StreamHead,
  type SubscriptionOptions,
} from '../event-store.js';
import { chain, headOf, InvalidBatch, type ChainedEvent } from '../hash-chain.js';
import { formatPosition, matches, parsePosition } from '../position.js';

const PAGE_DEFAULT = 500;

/** The fake: the whole contract in the memory of one process. What it gives out is frozen. */
export class InMemoryEventStore extends EventStore {
  private readonly id = `log_${randomBytes(6).toString('hex')}`;
  private readonly log: RecordedEvent[] = [];
  private readonly streams = new Map<string, RecordedEvent[]>();
  private readonly ids = new Set<string>();
  private readonly sleepers = new Set<() => void>();
  private appends = 0n;
  private closed = false;

  async logId(): Promise<string> {
    return this.id;
  }

  async readStream(stream: string, from = 0): Promise<readonly RecordedEvent[]> {
    this.assertOpen();
    return (this.streams.get(stream) ?? []).slice(from);
  }

  async append(
    stream: string,
    expected: ExpectedHead,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    const chained = chain(stream, expected, events);
    this.assertOpen();
    const stored = this.streams.get(stream) ?? [];
    const before = findBatch(stored, chained);
    if (before !== undefined) return appended(before);
    assertHead(stream, expected, stored.at(-1));
    const known = chained.find((event) => this.ids.has(event.id));
    if (known !== undefined) throw new InvalidBatch(`event id ${known.id} is in the log already`);
    return appended(this.store(stream, stored, chained));
  }

  async readAll(after: Position, limit: number, filter?: LogFilter): Promise<LogPage> {
    this.assertOpen();
    return this.page(after, limit, filter);
  }

  async *subscribeAll(after: Position, options: SubscriptionOptions): AsyncIterable<LogPage> {
    const { filter, batchMax = PAGE_DEFAULT, signal } = options;
    parsePosition(after);
    let position = after;
    let toldEnd = false;
    while (!signal.aborted && !this.closed) {
      const page = this.page(position, batchMax, filter);
      if (page.position !== position || (page.atEnd && !toldEnd)) {
        position = page.position;
        toldEnd = page.atEnd;
        yield page;
      } else {
        await this.nextAppend(signal);
      }
    }
  }

  async head(): Promise<Position> {
    this.assertOpen();
    return this.log.at(-1)?.position ?? LOG_START;
  }

  async countAfter(after: Position, max: number): Promise<number> {
    this.assertOpen();
    return Math.min(max, this.log.length - this.indexAfter(after));
  }

  async close(): Promise<void> {
    this.closed = true;
    this.wake();
  }

  private store(stream: string, stored: RecordedEvent[], chained: readonly ChainedEvent[]) {
    this.streams.set(stream, stored);
    this.appends += 1n;
    let last: RecordedEvent | undefined;
    for (const event of chained) {
      const position = formatPosition(this.appends, BigInt(this.log.length + 1));
      // Through text, as in a real store: what the caller changes later must not change the log.
      last = freeze(JSON.parse(JSON.stringify({ ...event, position })) as RecordedEvent);
      stored.push(last);
      this.log.push(last);
      this.ids.add(event.id);
    }
    this.wake();
    if (last === undefined) throw new InvalidBatch(`${stream}: an append needs an event`);
    return last;
  }

  private page(after: Position, limit: number, filter: LogFilter | undefined): LogPage {
    const events: RecordedEvent[] = [];
    let position = after;
    let index = this.indexAfter(after);
    for (; index < this.log.length && events.length < limit; index++) {
      const event = this.log[index];
      if (event === undefined) break;
      position = event.position;
      if (matches(event.stream, filter)) events.push(event);
    }
    return { events, position, atEnd: index >= this.log.length };
  }

  /** Index of the first event behind the position. */
  private indexAfter(after: Position): number {
    parsePosition(after);
    let low = 0;
    let high = this.log.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.log[middle]?.position ?? LOG_START) <= after) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private nextAppend(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.sleepers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.sleepers.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  private wake(): void {
    for (const wake of [...this.sleepers]) wake();
  }

  private assertOpen(): void {
    if (this.closed) throw new StoreUnavailable('the event store is closed');
  }
}

/**
 * The last event of the batch when all of it stands where it was expected to go. Its hash covers the whole batch: the
 * same ids with other content are not the same batch.
 */
function findBatch(
  stored: readonly RecordedEvent[],
  chained: readonly ChainedEvent[],
): RecordedEvent | undefined {
  const last = chained.at(-1);
  const found = stored[last?.revision ?? -1];
  const same = chained.every((event) => stored[event.revision]?.id === event.id);
  return same && found?.metadata.hash === last?.metadata.hash ? found : undefined;
}

function assertHead(stream: string, expected: ExpectedHead, last: RecordedEvent | undefined): void {
  const wanted = expected === 'no stream' ? expected : expected.revision;
  const actual = last === undefined ? 'no stream' : last.revision;
  if (wanted !== actual) throw new WrongRevision(stream, wanted, actual);
  if (expected !== 'no stream' && last?.metadata.hash !== expected.hash) {
    throw new ChainBroken(stream, expected.revision);
  }
}

function appended(last: RecordedEvent): Appended {
  const head: StreamHead = headOf(last);
  return { ...head, position: last.position };
}

function freeze<T extends object>(value: T): T {
  for (const field of Object.values(value)) {
    if (typeof field === 'object' && field !== null) freeze(field);
  }
  return Object.freeze(value);
}
