import { randomBytes, randomUUID } from 'node:crypto';
import { jsonEvent, NO_STREAM } from '@eventstore/db-client';
import {
  EventStore,
  StoreUnavailable,
  WrongRevision,
  type Appended,
  type ExpectedHead,
  type LogFilter,
  type LogPage,
  type NewEvent,
  type Position,
  type RecordedEvent,
  type SubscriptionOptions,
} from '../event-store.js';
import { chain, headOf, LOG_STREAM } from '../hash-chain.js';
import { LogSubscriptions, type LogSource } from '../log-subscriptions.js';
import { Appender } from './appender.js';
import { EventStoreDbConnection, PROBE_TIMEOUT_MS } from './connection.js';
import { LogReader, READ_TIMEOUT_MS } from './log-reader.js';
import { LogWatch } from './log-watch.js';

export interface EventStoreDbOptions {
  /** `esdb://...`; all stores of a process on one URL share a connection. */
  readonly url: string;
  /** Longest wait for the answer of an append. Default APPEND_TIMEOUT_MS. */
  readonly ackTimeoutMs?: number;
  /** Longest wait for the next event of a read. Default READ_TIMEOUT_MS. */
  readonly readTimeoutMs?: number;
  /** Told what a subscription met and goes on after, with pauses. */
  readonly onTrouble?: (error: unknown) => void;
}

export const APPEND_TIMEOUT_MS = 5_000;
/** The watch wakes readers at once; this is for what it missed. */
const IDLE_PAUSE_MAX_MS = 250;

/** EVENTSTORE_URL leads to no usable server. */
export class EventStoreDbUnusable extends Error {
  readonly code = 'EVENTSTORE_UNUSABLE';
}

/** @throws EventStoreDbUnusable with a sentence that names EVENTSTORE_URL and no part of its value */
export async function openEventStoreDb(
  options: EventStoreDbOptions,
): Promise<EventStoreDbEventStore> {
  let connection: EventStoreDbConnection;
  try {
    connection = EventStoreDbConnection.shared(options.url);
  } catch (cause) {
    throw new EventStoreDbUnusable('EVENTSTORE_URL is no esdb:// URL that the client can read.', {
      cause,
    });
  }
  const store = new EventStoreDbEventStore(connection, options);
  try {
    await store.logId();
    return store;
  } catch (cause) {
    await store.close();
    throw new EventStoreDbUnusable('EVENTSTORE_URL leads to no EventStoreDB that answers.', {
      cause,
    });
  }
}

/** The log in EventStoreDB or KurrentDB. Open it with `openEventStoreDb`. */
export class EventStoreDbEventStore extends EventStore {
  private readonly reader: LogReader;
  private readonly subscriptions: LogSubscriptions;
  private readonly watch: LogWatch;
  private readonly appender: Appender;
  private readonly inFlight = new Set<Promise<unknown>>();
  private id: Promise<string> | undefined;
  private readonly prober: LogReader;
  private lossesMet: number;
  private recognizing: Promise<void> | undefined;
  private ended: Promise<void> | undefined;

  constructor(
    private readonly connection: EventStoreDbConnection,
    options: EventStoreDbOptions,
  ) {
    super();
    this.reader = new LogReader(connection, options.readTimeoutMs ?? READ_TIMEOUT_MS);
    this.lossesMet = connection.losses;
    this.prober = new LogReader(connection, PROBE_TIMEOUT_MS);
    this.appender = new Appender(
      connection,
      this.reader,
      options.ackTimeoutMs ?? APPEND_TIMEOUT_MS,
    );
    const source: LogSource = {
      page: (after, limit) => this.readAll(after, limit),
      filteredPage: (after, limit, streamPrefixes) =>
        this.readAll(after, limit, { streamPrefixes }),
    };
    this.subscriptions = new LogSubscriptions(source, {
      idlePauseMaxMs: IDLE_PAUSE_MAX_MS,
      onTrouble: options.onTrouble,
    });
    this.watch = new LogWatch(connection, () => this.subscriptions.poke());
  }

  logId(): Promise<string> {
    this.id ??= this.findOrMakeLogId().catch((error: unknown) => {
      this.id = undefined;
      throw error;
    });
    return this.id;
  }

  async readStream(stream: string, from = 0): Promise<readonly RecordedEvent[]> {
    await this.assertUsable();
    const events = await this.reader.stream(stream, from);
    const last = events.at(-1);
    if (last !== undefined) this.appender.remember(stream, headOf(last));
    return events;
  }

  async append(
    stream: string,
    expected: ExpectedHead,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    const chained = chain(stream, expected, events);
    // Without a turn in between, so that a close that follows finds it in flight.
    if (this.lossesMet === this.connection.losses) this.assertOpen();
    else await this.assertUsable();
    const appending = this.appender.append(stream, expected, chained);
    this.inFlight.add(appending);
    try {
      const appended = await appending;
      this.subscriptions.poke();
      return appended;
    } finally {
      this.inFlight.delete(appending);
    }
  }

  async readAll(after: Position, limit: number, filter?: LogFilter): Promise<LogPage> {
    await this.assertUsable();
    return this.reader.filteredPage(after, limit, filter?.streamPrefixes);
  }

  subscribeAll(after: Position, options: SubscriptionOptions): AsyncIterable<LogPage> {
    if (this.ended === undefined) this.watch.start();
    return this.subscriptions.subscribe(after, options);
  }

  async head(): Promise<Position> {
    await this.assertUsable();
    return this.reader.head();
  }

  async countAfter(after: Position, max: number): Promise<number> {
    await this.assertUsable();
    return this.reader.countAfter(after, max);
  }

  close(): Promise<void> {
    this.ended ??= this.end();
    return this.ended;
  }

  private async end(): Promise<void> {
    this.subscriptions.end();
    await Promise.allSettled(this.inFlight);
    await this.watch.end();
    await this.connection.release();
  }

  /** The id is the first event of a stream of its own, written by whoever comes first. */
  private async findOrMakeLogId(): Promise<string> {
    const id = `log_${randomBytes(6).toString('hex')}`;
    const found = await this.reader.logId();
    if (found !== undefined) return found;
    const event = jsonEvent({ id: randomUUID(), type: 'LogCreated', data: { id } });
    try {
      await this.appender.send(LOG_STREAM, NO_STREAM, [event]);
    } catch (error) {
      if (!(error instanceof WrongRevision)) throw error;
    }
    const made = await this.reader.logId();
    if (made === undefined) throw new StoreUnavailable('EventStoreDB holds a log without a name');
    return made;
  }

  /** A server that comes back may hold another log: it was emptied, or has another one's address. */
  private async assertUsable(): Promise<void> {
    this.assertOpen();
    if (this.connection.losses === this.lossesMet || this.id === undefined) return;
    this.recognizing ??= this.recognizeLog(this.id).finally(() => {
      this.recognizing = undefined;
    });
    await this.recognizing;
    this.assertOpen();
  }

  private async recognizeLog(known: Promise<string>): Promise<void> {
    const { losses } = this.connection;
    if ((await this.prober.logId()) !== (await known)) {
      throw new StoreUnavailable('EVENTSTORE_URL leads to another log than at the start');
    }
    this.lossesMet = losses;
  }

  private assertOpen(): void {
    if (this.ended !== undefined) throw new StoreUnavailable('the event store is closed');
  }
}
