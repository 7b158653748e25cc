import pg from 'pg';
import { setTimeout as pause } from 'node:timers/promises';
import { migrate } from '../../platform/migrations.js';
import {
  CONNECT_TIMEOUT_MS,
  connectionCheck,
  openPool,
  STATEMENT_TIMEOUT_MS,
} from '../../platform/postgres.js';
import {
  EventStore,
  StoreUnavailable,
  type Appended,
  type ExpectedHead,
  type LogFilter,
  type LogPage,
  type NewEvent,
  type Position,
  type RecordedEvent,
  type SubscriptionOptions,
} from '../event-store.js';
import { chain } from '../hash-chain.js';
import { matches, parsePosition } from '../position.js';
import { appendCommand } from './append-statement.js';
import { EVENT_STORE_MIGRATIONS } from './event-store.migrations.js';
import { GroupCommit } from './group-commit.js';
import { checkedLogId, LogIdentityMismatch } from './log-identity.js';
import { LogReader } from './log-reader.js';
import { SharedLog } from './shared-log.js';

export interface PostgresEventStoreOptions {
  readonly databaseUrl: string;
  readonly migrate: 'apply' | 'check';
  /** Shown in pg_stat_activity. Default `tillstream`. */
  readonly applicationName?: string;
  /** Longest wait for the answer of an append. Default APPEND_TIMEOUT_MS. */
  readonly ackTimeoutMs?: number;
  /** Connections for reads; the writer has its own beside them. Default READERS_MAX. */
  readonly readersMax?: number;
  /** Told what a subscription met and goes on after, with pauses. */
  readonly onTrouble?: (error: unknown) => void;
}

export const APPEND_TIMEOUT_MS = 5_000;
export const READERS_MAX = 8;
const PAGE_DEFAULT = 500;
const WRITER_LANES = 1;
const BACK_OFF_MIN_MS = 50;
const BACK_OFF_MAX_MS = 2_000;

/**
 * Opens the log that DATABASE_URL holds, made there on first use.
 * @throws DatabaseUnusable, SchemaOutdated, LogIdentityMismatch, each with a sentence for the operator
 */
export async function openPostgresEventStore(
  options: PostgresEventStoreOptions,
): Promise<PostgresEventStore> {
  const { databaseUrl, applicationName = 'tillstream' } = options;
  const pool = openPool({
    databaseUrl,
    applicationName: `${applicationName} log reader`,
    max: options.readersMax ?? READERS_MAX,
  });
  try {
    await connectionCheck(pool);
    const mode = options.migrate;
    await migrate(pool, { set: 'event-store', migrations: EVENT_STORE_MIGRATIONS, mode });
    return new PostgresEventStore(await checkedLogId(pool), pool, options);
  } catch (error) {
    await pool.end();
    throw error;
  }
}

/** The log in two tables of Postgres. Open it with `openPostgresEventStore`. */
export class PostgresEventStore extends EventStore {
  private readonly writer: GroupCommit;
  private readonly reader: LogReader;
  private readonly shared: SharedLog;
  private readonly closing = new AbortController();
  private ended: Promise<void> | undefined;

  constructor(
    private readonly id: string,
    private readonly pool: pg.Pool,
    private readonly options: PostgresEventStoreOptions,
  ) {
    super();
    this.reader = new LogReader(pool);
    this.shared = new SharedLog((after, limit) => this.reader.page(after, limit));
    const ackTimeoutMs = options.ackTimeoutMs ?? APPEND_TIMEOUT_MS;
    this.writer = new GroupCommit({
      connect: () => connectWriter(options, ackTimeoutMs, id),
      ackTimeoutMs,
      lanes: WRITER_LANES,
      onStored: () => this.shared.poke(),
    });
  }

  async logId(): Promise<string> {
    return this.id;
  }

  async readStream(stream: string, from = 0): Promise<readonly RecordedEvent[]> {
    this.assertOpen();
    return this.reader.stream(stream, from);
  }

  async append(
    stream: string,
    expected: ExpectedHead,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    return this.writer.append(appendCommand(stream, expected, chain(stream, expected, events)));
  }

  async readAll(after: Position, limit: number, filter?: LogFilter): Promise<LogPage> {
    this.assertOpen();
    const prefixes = filter?.streamPrefixes;
    if (prefixes === undefined) return this.reader.page(after, limit);
    return this.reader.filteredPage(after, limit, prefixes);
  }

  async *subscribeAll(after: Position, options: SubscriptionOptions): AsyncIterable<LogPage> {
    const { signal } = options;
    parsePosition(after);
    const poke = () => this.shared.poke();
    signal.addEventListener('abort', poke);
    const ended = AbortSignal.any([signal, this.closing.signal]);
    let position = after;
    let caughtUp = false;
    let backOffMs = BACK_OFF_MIN_MS;
    try {
      while (!ended.aborted) {
        let page: LogPage;
        try {
          page = await this.nextPage(position, caughtUp, options);
          backOffMs = BACK_OFF_MIN_MS;
        } catch (error) {
          if (ended.aborted) return;
          this.options.onTrouble?.(error);
          await pause(backOffMs * (0.5 + Math.random() / 2), undefined, { signal: ended }).catch(
            () => undefined,
          );
          backOffMs = Math.min(backOffMs * 2, BACK_OFF_MAX_MS);
          continue;
        }
        if (page.position !== position || (page.atEnd && !caughtUp)) {
          position = page.position;
          caughtUp ||= page.atEnd;
          yield page;
        } else {
          await this.shared.idle();
        }
      }
    } finally {
      signal.removeEventListener('abort', poke);
    }
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
    this.closing.abort();
    this.shared.poke();
    this.ended ??= this.writer.close().then(() => this.pool.end());
    return this.ended;
  }

  /** A filter is Postgres' work while there is a long way to go, and ours once all read the same newest pages. */
  private async nextPage(
    position: Position,
    caughtUp: boolean,
    { filter, batchMax = PAGE_DEFAULT }: SubscriptionOptions,
  ): Promise<LogPage> {
    const prefixes = filter?.streamPrefixes;
    if (prefixes !== undefined && !caughtUp) {
      return this.reader.filteredPage(position, batchMax, prefixes);
    }
    const page = await this.shared.next(position, batchMax);
    if (prefixes === undefined) return page;
    return { ...page, events: page.events.filter(({ stream }) => matches(stream, filter)) };
  }

  private assertOpen(): void {
    if (this.closing.signal.aborted) throw new StoreUnavailable('the event store is closed');
  }
}

async function connectWriter(
  options: PostgresEventStoreOptions,
  ackTimeoutMs: number,
  logId: string,
): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: options.databaseUrl,
    application_name: `${options.applicationName ?? 'tillstream'} log writer`,
    statement_timeout: Math.min(ackTimeoutMs, STATEMENT_TIMEOUT_MS),
    connectionTimeoutMillis: Math.min(ackTimeoutMs, CONNECT_TIMEOUT_MS),
    keepAlive: true,
  });
  // Until the writer listens itself.
  client.on('error', () => undefined);
  try {
    await client.connect();
    // Durable means on disk; a role or database may have been given another default.
    await client.query(`select set_config('synchronous_commit', 'on', false)
      where current_setting('synchronous_commit') = 'off'`);
    // After a restart there may be another database behind the same address.
    if ((await checkedLogId(client)) !== logId) {
      throw new LogIdentityMismatch('DATABASE_URL now leads to another log.');
    }
    return client;
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
}
