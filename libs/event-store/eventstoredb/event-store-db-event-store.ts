import { randomBytes, randomUUID } from 'node:crypto';
import {
  ErrorType,
  jsonEvent,
  NO_STREAM,
  type AppendExpectedRevision,
  type AppendResult,
  type EventStoreDBClient,
  type WrongExpectedVersionError,
} from '@eventstore/db-client';
import {
  ChainBroken,
  EventStore,
  OutcomeUnknown,
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
import { chain, headOf, InvalidBatch, LOG_STREAM, type ChainedEvent } from '../hash-chain.js';
import { LogSubscriptions } from '../log-subscriptions.js';
import { formatPosition } from '../position.js';
import { isConnectionLoss, typeOf } from './client-errors.js';
import { EventStoreDbConnection } from './connection.js';
import { KnownHashes } from './known-hashes.js';
import { LogReader } from './log-reader.js';
import { LogWatch } from './log-watch.js';
import { toStored } from './stored-event.js';

export interface EventStoreDbOptions {
  /** `esdb://...`; all stores of a process on one URL share a connection. */
  readonly url: string;
  /** Longest wait for the answer of an append. Default APPEND_TIMEOUT_MS. */
  readonly ackTimeoutMs?: number;
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
  private readonly hashes = new KnownHashes();
  private readonly ackTimeoutMs: number;
  private readonly inFlight = new Set<Promise<unknown>>();
  private id: Promise<string> | undefined;
  private ended: Promise<void> | undefined;

  constructor(
    private readonly connection: EventStoreDbConnection,
    options: EventStoreDbOptions,
  ) {
    super();
    this.ackTimeoutMs = options.ackTimeoutMs ?? APPEND_TIMEOUT_MS;
    this.reader = new LogReader(connection);
    this.subscriptions = new LogSubscriptions(this.reader, {
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
    this.assertOpen();
    const events = await this.reader.stream(stream, from);
    const last = events.at(-1);
    if (last !== undefined) this.remember(stream, headOf(last));
    return events;
  }

  async append(
    stream: string,
    expected: ExpectedHead,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    const chained = chain(stream, expected, events);
    this.assertOpen();
    const appending = this.checkedAppend(stream, expected, chained);
    this.inFlight.add(appending);
    try {
      return await appending;
    } finally {
      this.inFlight.delete(appending);
    }
  }

  async readAll(after: Position, limit: number, filter?: LogFilter): Promise<LogPage> {
    this.assertOpen();
    return this.reader.filteredPage(after, limit, filter?.streamPrefixes);
  }

  subscribeAll(after: Position, options: SubscriptionOptions): AsyncIterable<LogPage> {
    if (this.ended === undefined) this.watch.start();
    return this.subscriptions.subscribe(after, options);
  }

  async head(): Promise<Position> {
    this.assertOpen();
    return this.reader.head();
  }

  async countAfter(after: Position, max: number): Promise<number> {
    this.assertOpen();
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

  private async checkedAppend(
    stream: string,
    expected: ExpectedHead,
    chained: readonly ChainedEvent[],
  ): Promise<Appended> {
    if (expected !== 'no stream') await this.checkHash(stream, expected);
    const revision = expected === 'no stream' ? NO_STREAM : BigInt(expected.revision);
    const result = await this.send(stream, revision, chained.map(toStored));
    const last = chained.at(-1);
    if (last === undefined || result.position === undefined) {
      throw new OutcomeUnknown(`${stream}: the server gave no position`);
    }
    const head = headOf(last);
    this.remember(stream, head);
    this.subscriptions.poke();
    const { commit, prepare } = result.position;
    return { ...head, position: formatPosition(commit, prepare) };
  }

  /** The server compares revisions only. An event that is not there is left to the server's own check. */
  private async checkHash(stream: string, { revision, hash }: StreamHead): Promise<void> {
    let known = this.hashes.get(stream, revision);
    if (known === undefined) {
      const event = await this.reader.eventAt(stream, revision);
      if (event !== undefined) this.remember(stream, headOf(event));
      known = event?.metadata.hash;
    }
    if (known === undefined || known === hash) return;
    // A head that has moved on is a conflict first: the caller reads again.
    const head = (await this.reader.stream(stream, revision)).at(-1);
    if (head !== undefined && head.revision !== revision) {
      throw new WrongRevision(stream, revision, head.revision);
    }
    throw new ChainBroken(stream, revision);
  }

  private async send(
    stream: string,
    expectedRevision: AppendExpectedRevision,
    events: ReturnType<typeof toStored>[],
  ): Promise<AppendResult> {
    try {
      return await this.connection.append((client) =>
        this.inTime(this.appendTo(client, stream, expectedRevision, events)),
      );
    } catch (error) {
      throw this.translated(stream, error);
    }
  }

  private appendTo(
    client: EventStoreDBClient,
    stream: string,
    expectedRevision: AppendExpectedRevision,
    events: ReturnType<typeof toStored>[],
  ): Promise<AppendResult> {
    return client.appendToStream(stream, events, { expectedRevision, deadline: this.ackTimeoutMs });
  }

  /** The client itself has no timer on its batch path: with a frozen server it would wait for ever. */
  private async inTime<T>(append: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.connection.distrust();
        reject(new OutcomeUnknown('no answer in time'));
      }, this.ackTimeoutMs);
    });
    try {
      return await Promise.race([append, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private translated(stream: string, error: unknown): Error {
    if (error instanceof OutcomeUnknown || error instanceof StoreUnavailable) return error;
    if (isConnectionLoss(error)) this.connection.distrust();
    const type = typeOf(error);
    if (type === ErrorType.WRONG_EXPECTED_VERSION) {
      // The type says which class it is; instanceof would not, across copies of the client.
      const { expectedVersion, actualVersion } = error as WrongExpectedVersionError;
      return new WrongRevision(stream, revisionOf(expectedVersion), revisionOf(actualVersion));
    }
    if (type === ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED) {
      return new InvalidBatch(`${stream}: the server takes no batch of this size`, {
        cause: error,
      });
    }
    if (type === ErrorType.ACCESS_DENIED || type === ErrorType.NOT_LEADER) {
      return new StoreUnavailable('EventStoreDB refused the append', { cause: error });
    }
    return new OutcomeUnknown('EventStoreDB gave no outcome', { cause: error });
  }

  /** The id is the first event of a stream of its own, written by whoever comes first. */
  private async findOrMakeLogId(): Promise<string> {
    const id = `log_${randomBytes(6).toString('hex')}`;
    const found = await this.reader.logId();
    if (found !== undefined) return found;
    const event = jsonEvent({ id: randomUUID(), type: 'LogCreated', data: { id } });
    try {
      await this.send(LOG_STREAM, NO_STREAM, [event as unknown as ReturnType<typeof toStored>]);
    } catch (error) {
      if (!(error instanceof WrongRevision)) throw error;
    }
    const made = await this.reader.logId();
    if (made === undefined) throw new StoreUnavailable('EventStoreDB holds a log without a name');
    return made;
  }

  private remember(stream: string, head: StreamHead): void {
    this.hashes.remember(stream, head.revision, head.hash);
  }

  private assertOpen(): void {
    if (this.ended !== undefined) throw new StoreUnavailable('the event store is closed');
  }
}

function revisionOf(version: bigint | string): number | 'no stream' {
  return typeof version === 'bigint' ? Number(version) : 'no stream';
}
