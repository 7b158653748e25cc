import pg from 'pg';
import { migrate } from '../../platform/migrations.js';
import {
  CONNECT_TIMEOUT_MS,
  connectionCheck,
  connectionTo,
  openPool,
  PLANNED_ONCE,
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
import { LogSubscriptions } from '../log-subscriptions.js';
import { appendCommand } from './append-statement.js';
import { EVENT_STORE_MIGRATIONS } from './event-store.migrations.js';
import { GroupCommit } from './group-commit.js';
import { HeldBackWatch } from './held-back-watch.js';
import { checkedLogId, LogIdentityMismatch } from './log-identity.js';
import { LogReader } from './log-reader.js';

export interface PostgresEventStoreOptions {
  readonly databaseUrl: string;
  readonly migrate: 'apply' | 'check';
  /** Shown in pg_stat_activity. Default `tillstream`. */
  readonly applicationName?: string;
  /** Longest wait for the answer of an append. Default APPEND_TIMEOUT_MS. */
  readonly ackTimeoutMs?: number;
  /** Longest wait for the answer of a read. */
  readonly readTimeoutMs?: number;
  /** Told what a subscription met and goes on after, with pauses, and of LogHeldBack. */
  readonly onTrouble?: (error: unknown) => void;
  /** How often it is looked whether events are held back. */
  readonly lookIntervalMs?: number;
}

const APPEND_TIMEOUT_MS = 5_000;
/** Connections for reads; the writer has its own beside them. */
const READERS_MAX = 8;
/** Events of other processes are looked for at least this often; our own wake the readers at once. */
const IDLE_PAUSE_MAX_MS = 50;

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
    max: READERS_MAX,
    settings: PLANNED_ONCE,
    ...(options.readTimeoutMs !== undefined && { answerTimeoutMs: options.readTimeoutMs }),
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
  private readonly subscriptions: LogSubscriptions;
  private readonly heldBack: HeldBackWatch;
  private ended: Promise<void> | undefined;

  constructor(
    private readonly id: string,
    private readonly pool: pg.Pool,
    options: PostgresEventStoreOptions,
  ) {
    super();
    this.reader = new LogReader(pool);
    this.subscriptions = new LogSubscriptions(this.reader, {
      idlePauseMaxMs: IDLE_PAUSE_MAX_MS,
      onTrouble: options.onTrouble,
    });
    const { onTrouble = () => undefined, lookIntervalMs } = options;
    const interval = lookIntervalMs === undefined ? {} : { lookIntervalMs };
    this.heldBack = new HeldBackWatch({ pool, onTrouble, ...interval });
    const ackTimeoutMs = options.ackTimeoutMs ?? APPEND_TIMEOUT_MS;
    this.writer = new GroupCommit({
      connect: () => connectWriter(options, ackTimeoutMs, id),
      ackTimeoutMs,
      onStored: () => this.subscriptions.poke(),
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

  subscribeAll(after: Position, options: SubscriptionOptions): AsyncIterable<LogPage> {
    if (this.ended === undefined) this.heldBack.start();
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
    this.heldBack.end();
    this.subscriptions.end();
    this.ended ??= this.writer.close().then(() => this.pool.end());
    return this.ended;
  }

  private assertOpen(): void {
    if (this.ended !== undefined) throw new StoreUnavailable('the event store is closed');
  }
}

async function connectWriter(
  options: PostgresEventStoreOptions,
  ackTimeoutMs: number,
  logId: string,
): Promise<pg.Client> {
  const client = new pg.Client({
    ...connectionTo(options.databaseUrl, PLANNED_ONCE),
    application_name: `${options.applicationName ?? 'tillstream'} log writer`,
    statement_timeout: Math.min(ackTimeoutMs, STATEMENT_TIMEOUT_MS),
    connectionTimeoutMillis: Math.min(ackTimeoutMs, CONNECT_TIMEOUT_MS),
    keepAlive: true,
  });
  // Until the writer listens itself.
  client.on('error', () => undefined);
  // With a query in hand, end() cuts the socket.
  const cut = setTimeout(() => {
    client.end().catch(() => undefined);
  }, ackTimeoutMs);
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
  } finally {
    clearTimeout(cut);
  }
}
