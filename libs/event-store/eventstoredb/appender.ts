import {
  ErrorType,
  NO_STREAM,
  type AppendExpectedRevision,
  type AppendResult,
  type EventData,
  type EventStoreDBClient,
  type WrongExpectedVersionError,
} from '@eventstore/db-client';
import {
  ChainBroken,
  OutcomeUnknown,
  StoreUnavailable,
  WrongRevision,
  type Appended,
  type ExpectedHead,
  type RecordedEvent,
  type StreamHead,
} from '../event-store.js';
import { headOf, InvalidBatch, type ChainedEvent } from '../hash-chain.js';
import { formatPosition } from '../position.js';
import { isConnectionLoss, typeOf } from './client-errors.js';
import type { EventStoreDbConnection } from './connection.js';
import { KnownHashes } from './known-hashes.js';
import type { LogReader } from './log-reader.js';
import { toStored } from './stored-event.js';

/** Appends chained batches, each with a time-out of its own, and compares the hash that the server doesn't know. */
export class Appender {
  private readonly hashes = new KnownHashes();

  constructor(
    private readonly connection: EventStoreDbConnection,
    private readonly reader: LogReader,
    private readonly ackTimeoutMs: number,
  ) {}

  /** Resolves when durable. @throws as EventStore.append */
  async append(
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
    const { commit, prepare } = result.position;
    return { ...head, position: formatPosition(commit, prepare) };
  }

  /** The server compares revisions only. */
  private async checkHash(stream: string, { revision, hash }: StreamHead): Promise<void> {
    let known = this.hashes.get(stream, revision);
    if (known === undefined) {
      const event =
        (await this.reader.eventAt(stream, revision)) ?? (await this.came(stream, revision));
      this.remember(stream, headOf(event));
      known = event.metadata.hash;
    }
    if (known === hash) return;
    // A head that has moved on is a conflict first: the caller reads again.
    const head = (await this.reader.stream(stream, revision)).at(-1);
    if (head !== undefined && head.revision !== revision) {
      throw new WrongRevision(stream, revision, head.revision);
    }
    throw new ChainBroken(stream, revision);
  }

  /**
   * What was not there a moment ago. Left to the server's own check, a head that somebody appends meanwhile would pass with
   * whatever hash was expected. @throws WrongRevision where it is not there yet
   */
  private async came(stream: string, revision: number): Promise<RecordedEvent> {
    const events = await this.reader.stream(stream, 0);
    const event = events[revision];
    if (event !== undefined) return event;
    throw new WrongRevision(stream, revision, events.at(-1)?.revision ?? 'no stream');
  }

  /** Without the hash chain: for the log's own stream. */
  async send(
    stream: string,
    expectedRevision: AppendExpectedRevision,
    events: EventData[],
  ): Promise<AppendResult> {
    const once = () =>
      this.connection.append((client) =>
        this.inTime(this.appendTo(client, stream, expectedRevision, events)),
      );
    try {
      return await once().catch((error: unknown) => {
        if (typeOf(error) !== ErrorType.DEADLINE_EXCEEDED) throw error;
        // Said by the server itself, as where the same batch is on its way twice: it knows when that comes again.
        return once();
      });
    } catch (error) {
      throw this.translated(stream, error);
    }
  }

  private appendTo(
    client: EventStoreDBClient,
    stream: string,
    expectedRevision: AppendExpectedRevision,
    events: EventData[],
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

  /** What was read or appended needs no read before the next append. */
  remember(stream: string, head: StreamHead): void {
    this.hashes.remember(stream, head.revision, head.hash);
  }
}

function revisionOf(version: bigint | string): number | 'no stream' {
  return typeof version === 'bigint' ? Number(version) : 'no stream';
}
