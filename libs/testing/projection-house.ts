import type pg from 'pg';
import { PaymentLists, type PaymentFilter } from '../../projections/payment-history/query.js';
import { PROJECTIONS, projectionNamed } from '../../projections/registry.js';
import { ensureFirstVersion, liveVersion } from '../../projections/runner/catalog.js';
import { followLog } from '../../projections/runner/follower.js';
import type { Projection } from '../../projections/runner/projection.js';
import { PROJECTION_MIGRATIONS } from '../../projections/runner/projections.migrations.js';
import { ProjectionWaits } from '../../projections/runner/query.js';
import type { EventStore } from '../event-store/event-store.js';
import { InMemoryEventStore } from '../event-store/in-memory/in-memory-event-store.js';
import { createLogger } from '../platform/logging.js';
import { migrate } from '../platform/migrations.js';
import { openPool } from '../platform/postgres.js';
import { PaymentLog } from './payment-log.js';
import type { TestDatabase } from './test-database.js';

const CAUGHT_UP_WAIT_MS = 15_000;
const LISTED_MAX = 100;

interface Follower {
  readonly end: AbortController;
  readonly done: Promise<void>;
}

/** Every read model in its first version, on a database that is emptied for it, beside a log in memory. */
export class ProjectionHouse {
  readonly log: PaymentLog;
  readonly #running: Follower[] = [];

  private constructor(
    readonly pool: pg.Pool,
    readonly store: InMemoryEventStore,
  ) {
    this.log = new PaymentLog(store);
  }

  static async open(database: TestDatabase): Promise<ProjectionHouse> {
    await database.query('drop schema public cascade; create schema public');
    const pool = openPool({ databaseUrl: database.url, applicationName: 'spec', max: 20 });
    await migrate(pool, { set: 'projections', migrations: PROJECTION_MIGRATIONS, mode: 'apply' });
    const store = new InMemoryEventStore();
    for (const projection of PROJECTIONS) {
      await ensureFirstVersion(pool, projection, await store.logId());
    }
    return new ProjectionHouse(pool, store);
  }

  /** Its followers end first. */
  async close(): Promise<void> {
    for (const { end } of this.#running) end.abort();
    await Promise.all(this.#running.map(({ done }) => done));
    await this.pool.end();
  }

  follow(
    projection: Projection,
    options: { holder?: string; ttlMs?: number; store?: EventStore } = {},
  ): Follower {
    const { pool } = this;
    const end = new AbortController();
    const done = followLog({
      pool,
      store: options.store ?? this.store,
      projection,
      holder: options.holder ?? 'spec',
      logger: createLogger('spec', { level: 'silent' }),
      signal: end.signal,
      ...(options.ttlMs === undefined ? {} : { leaseTtlMs: options.ttlMs }),
    });
    const follower = { end, done };
    this.#running.push(follower);
    return follower;
  }

  async caughtUp(name: string): Promise<void> {
    const wanted = { position: await this.store.head(), maxWaitMs: CAUGHT_UP_WAIT_MS };
    expect(await new ProjectionWaits(this).waitFor(name, wanted)).toEqual({ kind: 'ok' });
  }

  /** Every row of every table of a version, as text in a stable order. */
  async rowsOf(projection: Projection, version: number): Promise<unknown[]> {
    const tables = projection.tables.map(async (table) => {
      const { rows } = await this.pool.query<{ row: string }>(
        `select t::text as row from ${table}_v${version} t order by 1`,
      );
      return rows.map(({ row }) => row);
    });
    return Promise.all(tables);
  }

  async liveOf(projection: Projection): Promise<number> {
    return (await liveVersion(this.pool, projection.name))?.version ?? 0;
  }

  /** Payments as clients are shown them. */
  async listed(filter: PaymentFilter): Promise<readonly unknown[]> {
    const page = { limit: LISTED_MAX, cursor: null };
    const { items } = await new PaymentLists(this.pool).list(filter, page);
    return JSON.parse(`[${items}]`) as unknown[]; // reason: an array, whatever it holds
  }
}

export function registered(name: string): Projection {
  const projection = projectionNamed(name);
  if (projection === undefined) throw new Error(`no projection ${name}`);
  return projection;
}
