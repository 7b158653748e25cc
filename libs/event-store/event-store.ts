/** JSON as it is stored: no Date, no bigint, no undefined. Amounts are decimal strings, instants ISO 8601 strings. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/**
 * A place in the global order of the log: 32 lower-case hex digits, so that plain string comparison is the log's
 * order in every adapter (Postgres: transaction id then sequence; EventStoreDB: commit then prepare position).
 * Only meaningful within one log, see `EventStore.logId`.
 */
export type Position = string;

/** Before the first event of any log. */
export const LOG_START: Position = '0'.repeat(32);

export interface EventMetadata {
  /** ISO instant with milliseconds; never runs backwards within a stream. */
  readonly at: string;
  readonly correlationId: string;
  /** Id of the event or request that caused this one. */
  readonly causationId: string;
  /** Who decided: `merchant:mer_...`, `operator:key_...`, `system:processor`, `gateway:alpha`. */
  readonly actor: string;
  /** Hex SHA-256 that chains the event to the one before it, see hash-chain.ts. */
  readonly hash: string;
  /** On the first event of a call: the hash of its scoped Idempotency-Key. */
  readonly idempotency?: string;
  /** On the first event of a call: `<key name>:<HMAC of the canonical validated body>`. */
  readonly requestHash?: string;
  /** On the last event of the append that brought a call to rest: key hashes of the calls that it answers. */
  readonly answers?: readonly string[];
}

export interface NewEvent {
  /** UUID v7, new for every decision. */
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly data: JsonObject;
  readonly metadata: Omit<EventMetadata, 'hash'>;
}

export interface RecordedEvent {
  readonly id: string;
  readonly position: Position;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly version: number;
  readonly data: JsonObject;
  readonly metadata: EventMetadata;
}

/** The head of a stream as it was read: the revision and hash of its last event. */
export interface StreamHead {
  readonly revision: number;
  readonly hash: string;
}

export type ExpectedHead = 'no stream' | StreamHead;

/** The head after the append, and the position of the append's last event. */
export interface Appended extends StreamHead {
  readonly position: Position;
}

export interface LogFilter {
  /** Only events of streams that begin with one of these. */
  readonly streamPrefixes?: readonly string[];
}

export interface LogPage {
  readonly events: readonly RecordedEvent[];
  /** Where the next page begins (exclusive); moves over filtered events too. */
  readonly position: Position;
  /** True when nothing more could be read at the time. */
  readonly atEnd: boolean;
}

export interface SubscriptionOptions {
  readonly filter?: LogFilter;
  /** Most events of one page. Default 500. */
  readonly batchMax?: number;
  /** Ends the iteration, after the page in hand. */
  readonly signal: AbortSignal;
}

/**
 * The log of all streams. Adapters: in-memory, Postgres, EventStoreDB; one contract suite runs on each.
 * Every method throws StoreUnavailable when the store can't be reached within its time-out; reads throw EventUnreadable
 * where what is stored is no event any more.
 */
export abstract class EventStore {
  /** Identity of this log (`log_` and 12 hex digits); stands in every checkpoint and every position given to a client. */
  abstract logId(): Promise<string>;

  /** The stream's events in order from revision `from` (default 0); an empty list for a missing stream. */
  abstract readStream(stream: string, from?: number): Promise<readonly RecordedEvent[]>;

  /**
   * Appends the events as one batch behind the expected head, chained by hash; resolves only when durable.
   * The same batch (same ids, same expectation) appended again adds nothing and gives the first result.
   * @throws WrongRevision, ChainBroken, StoreUnavailable (surely nothing stored), OutcomeUnknown (append the same batch again)
   */
  abstract append(
    stream: string,
    expected: ExpectedHead,
    events: readonly NewEvent[],
  ): Promise<Appended>;

  /** At most `limit` events behind `after` (exclusive) in the global order, without gaps. */
  abstract readAll(after: Position, limit: number, filter?: LogFilter): Promise<LogPage>;

  /**
   * Pages of the log behind `after`, for ever, in order, each event once; survives restarts of the store.
   * Yields a page without events when its position moved over filtered events, and when it comes to the end behind a
   * page that was not at it: who gathers pages until then holds none of them back.
   * Holds at most a bounded number of pages for a slow reader.
   */
  abstract subscribeAll(after: Position, options: SubscriptionOptions): AsyncIterable<LogPage>;

  /** Position of the newest readable event; LOG_START of an empty log. */
  abstract head(): Promise<Position>;

  /** How many events stand behind `after`, counting no further than `max`. */
  abstract countAfter(after: Position, max: number): Promise<number>;

  /** Ends subscriptions and connections; appends in flight are finished first. Idempotent. */
  abstract close(): Promise<void>;
}

/** The stream's head is not where the append expected it. */
export class WrongRevision extends Error {
  readonly code = 'WRONG_REVISION';
  constructor(
    readonly stream: string,
    readonly expected: number | 'no stream',
    readonly actual: number | 'no stream',
  ) {
    super(`${stream}: expected revision ${expected}, found ${actual}`);
  }
}

/** The revision is right, the hash is not: the stored head is another than the one that was read. */
export class ChainBroken extends Error {
  readonly code = 'CHAIN_BROKEN';
  constructor(
    readonly stream: string,
    readonly revision: number,
  ) {
    super(`${stream}: the hash of revision ${revision} differs from the one that was read`);
  }
}

/** The store can't be reached, or refused; surely nothing was stored. */
export class StoreUnavailable extends Error {
  readonly code = 'STORE_UNAVAILABLE';
}

/** The append may or may not be stored; append the same batch again to learn which. */
export class OutcomeUnknown extends Error {
  readonly code = 'OUTCOME_UNKNOWN';
}

/** What is stored of an event is none any more: somebody wrote past the store. Nobody reads on behind it. */
export class EventUnreadable extends Error {
  readonly code = 'EVENT_UNREADABLE';
  constructor(
    { stream, revision, position }: Pick<RecordedEvent, 'stream' | 'revision' | 'position'>,
    options: { readonly cause: unknown },
  ) {
    super(
      `${stream}, revision ${revision}, position ${position}: was altered, what is stored can't be read`,
      options,
    );
  }
}
