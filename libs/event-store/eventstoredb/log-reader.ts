import {
  BACKWARDS,
  END,
  ErrorType,
  FORWARDS,
  START,
  type JSONEventType,
  type ReadAllOptions,
} from '@eventstore/db-client';
import {
  LOG_START,
  StoreUnavailable,
  type LogPage,
  type Position,
  type RecordedEvent,
} from '../event-store.js';
import { LOG_STREAM } from '../hash-chain.js';
import { InvalidPosition, matches } from '../position.js';
import { isConnectionLoss, typeOf } from './client-errors.js';
import type { EventStoreDbConnection } from './connection.js';
import { endSilent } from './silence.js';
import { fromStored, positionOf, toLogPosition } from './stored-event.js';

/** A read looks at no more events than this before it answers with what it has. */
const SCAN_MAX = 4_096;
const SCAN_MIN = 32;
/** Most characters of data in a page of more than one event. */
const PAGE_CHARS_MAX = 4 * 1024 * 1024;
const HEAD_SCAN = 64;
/** Longest silence of a read. */
export const READ_TIMEOUT_MS = 10_000;

/** Reads over the shared connection. Throws StoreUnavailable, and InvalidPosition for a place between two events. */
export class LogReader {
  constructor(
    private readonly connection: EventStoreDbConnection,
    private readonly silenceMaxMs: number,
  ) {}

  async stream(stream: string, from: number): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    const options = { fromRevision: BigInt(from) };
    const read = () => this.connection.reader.readStream(stream, options);
    await this.scan(read, (event) => {
      if (event !== undefined) events.push(event);
    });
    return events;
  }

  /** The event at exactly this revision. */
  async eventAt(stream: string, revision: number): Promise<RecordedEvent | undefined> {
    let found: RecordedEvent | undefined;
    const options = { fromRevision: BigInt(revision), maxCount: 1 };
    const read = () => this.connection.reader.readStream(stream, options);
    await this.scan(read, (event) => {
      found = event;
    });
    return found;
  }

  /** What the first event of the log's own stream says; undefined where there is none yet. */
  async logId(): Promise<string | undefined> {
    let id: string | undefined;
    const options = { maxCount: 1 };
    const read = () => this.connection.reader.readStream<LogCreated>(LOG_STREAM, options);
    await this.scan(read, (_event, _place, raw) => {
      id = (raw.data as LogCreated['data']).id;
    });
    return id;
  }

  page(after: Position, limit: number): Promise<LogPage> {
    return this.filteredPage(after, limit);
  }

  /** The server's read of $all takes no filter, so it is ours. */
  async filteredPage(
    after: Position,
    limit: number,
    streamPrefixes?: readonly string[],
  ): Promise<LogPage> {
    const filter = streamPrefixes === undefined ? {} : { streamPrefixes };
    const events: RecordedEvent[] = [];
    let position = after;
    let chars = 0;
    let full = false;
    const keep = (event: RecordedEvent | undefined, place: Position): boolean => {
      const wanted = event !== undefined && matches(event.stream, filter);
      full = wanted && (events.length === limit || chars >= PAGE_CHARS_MAX);
      if (full) return false;
      if (wanted) {
        events.push(event);
        chars += JSON.stringify(event.data).length;
      }
      position = place;
      return true;
    };
    // Enough to see the one behind the page, which tells whether this is the end.
    let chunk = Math.min(SCAN_MAX, limit + SCAN_MIN);
    for (let scanned = 0; scanned < SCAN_MAX; scanned += chunk, chunk = SCAN_MAX - scanned) {
      const atEnd = await this.scanLog(position, chunk, keep);
      if (full) return { events, position, atEnd: false };
      if (atEnd) return { events, position, atEnd: true };
    }
    return { events, position, atEnd: false };
  }

  async head(): Promise<Position> {
    let from: ReturnType<typeof toLogPosition> | typeof END = END;
    for (;;) {
      let head: Position | undefined;
      let last: Position | undefined;
      let count = 0;
      const options: ReadAllOptions = {
        direction: BACKWARDS,
        fromPosition: from,
        maxCount: HEAD_SCAN,
      };
      await this.scan(
        () => this.connection.reader.readAll(options),
        (event, place) => {
          count += 1;
          last = place;
          head ??= event?.position;
        },
      );
      if (head !== undefined) return head;
      if (count < HEAD_SCAN || last === undefined) return LOG_START;
      from = toLogPosition(last);
    }
  }

  async countAfter(after: Position, max: number): Promise<number> {
    let count = 0;
    let position = after;
    for (let atEnd = false; !atEnd && count < max;) {
      const page = await this.filteredPage(position, Math.min(max - count, SCAN_MAX - SCAN_MIN));
      count += page.events.length;
      ({ position, atEnd } = page);
    }
    return count;
  }

  /** Events behind `after` until `keep` has enough; true when the log ended first. */
  private async scanLog(
    after: Position,
    count: number,
    keep: (event: RecordedEvent | undefined, place: Position) => boolean,
  ): Promise<boolean> {
    let read = 0;
    const options: ReadAllOptions = {
      fromPosition: after === LOG_START ? START : toLogPosition(after),
      direction: FORWARDS,
      // The event at the position itself comes first.
      maxCount: count + 1,
    };
    await this.scan(
      () => this.connection.reader.readAll(options),
      (event, place) => {
        read += 1;
        return place <= after || keep(event, place);
      },
    );
    return read < count + 1;
  }

  /** Visits until the visitor says false; without an event where it is none of ours. */
  private async scan(read: () => StreamingEvents, visit: Visitor): Promise<void> {
    const client = this.connection.reader;
    const events = read();
    // A read that is broken off may fail later: that concerns nobody, but without a listener it ends the process.
    events.on('error', () => undefined);
    const silence = endSilent(events, this.silenceMaxMs);
    try {
      for await (const { event: raw } of events) {
        silence.refresh();
        if (raw !== undefined && visit(fromStored(raw), positionOf(raw), raw) === false) return;
      }
    } catch (cause) {
      if (typeOf(cause) === ErrorType.STREAM_NOT_FOUND) return;
      if (typeOf(cause) === ErrorType.UNKNOWN && isUnaligned(cause)) {
        throw new InvalidPosition('no event of this log stands at the position', { cause });
      }
      if (isConnectionLoss(cause)) this.connection.distrust();
      throw new StoreUnavailable('EventStoreDB does not answer a read', { cause });
    } finally {
      clearTimeout(silence);
      events.cancel().catch(() => undefined);
    }
    if (this.connection.hasCutOff(client)) {
      throw new StoreUnavailable('the connection to EventStoreDB was renewed during a read');
    }
  }
}

type Client = EventStoreDbConnection['reader'];
type StreamingEvents = ReturnType<Client['readAll']> | ReturnType<Client['readStream']>;
type Visitor = (
  event: RecordedEvent | undefined,
  place: Position,
  raw: { data: unknown },
) => unknown;
type LogCreated = JSONEventType<'LogCreated', { id: string }>;

/** The server has no better word for a position between two events than an error in reading all. */
function isUnaligned(error: unknown): boolean {
  return error instanceof Error && error.message.includes('ReadAllResult');
}
