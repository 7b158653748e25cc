import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { EventStore } from '../../libs/event-store/event-store.js';
import { ConfigError } from '../../libs/platform/config.js';
import { showClockDifference } from '../../libs/platform/clock-difference.js';
import type { ReadinessCheck } from '../../libs/platform/health.js';
import type { Logger } from '../../libs/platform/logging.js';
import type { Metrics } from '../../libs/platform/metrics.js';
import { migrate } from '../../libs/platform/migrations.js';
import { openPool } from '../../libs/platform/postgres.js';
import { sharedLook } from '../../libs/platform/shared-look.js';
import { PROJECTIONS } from '../../projections/registry.js';
import {
  assertSameLog,
  ensureFirstVersion,
  ForeignLog,
  outdatedOf,
} from '../../projections/runner/catalog.js';
import { followLog } from '../../projections/runner/follower.js';
import { PROJECTION_MIGRATIONS } from '../../projections/runner/projections.migrations.js';
import {
  listDelays,
  listProjections,
  type ProjectionDelay,
  type ProjectionStatus,
} from '../../projections/runner/query.js';

export interface ProjectorOptions {
  readonly databaseUrl: string;
  readonly migrate: 'apply' | 'check';
  /** Open; stays open when the projector is closed. */
  readonly store: EventStore;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Not ready while a read model lags behind the log for longer, or is of an older release. Default LAG_MAX_S. */
  readonly lagMaxS?: number;
}

export interface Projector {
  readonly readiness: ReadinessCheck;
  /** Finishes the batches in hand and lets others lead at once. */
  close(): Promise<void>;
}

export const LAG_MAX_S = 60;
/** Two connections for each read model that is led, three for one rebuild, one to look. */
const POOL_MAX = 2 * PROJECTIONS.length + 4;
/** One look at the lag serves all gauges of a scrape. */
const STATUS_FRESH_MS = 500;

/**
 * Keeps every read model up to date, those that no other process leads. Resolves once the tables are there.
 * @throws ConfigError when the read models belong to another log; SchemaOutdated
 */
export async function startProjector(options: ProjectorOptions): Promise<Projector> {
  const { store, logger, metrics, lagMaxS = LAG_MAX_S } = options;
  const pool = openPool({
    databaseUrl: options.databaseUrl,
    applicationName: 'tillstream projector',
    max: POOL_MAX,
    onIdleError: (error) => logger.warn({ err: error }, 'lost a connection to Postgres'),
  });
  try {
    await prepare(pool, options);
  } catch (error) {
    await pool.end();
    throw error instanceof ForeignLog ? new ConfigError([error.message]) : error;
  }
  const statuses = sharedLook(() => listProjections({ pool, store }), STATUS_FRESH_MS);
  const written = countEvents(metrics);
  showLag(metrics, statuses);
  showClockDifference(metrics, pool);
  const ending = new AbortController();
  const holder = `${process.pid}-${randomUUID()}`;
  const following = PROJECTIONS.map((projection) =>
    followLog({
      pool,
      store,
      projection,
      holder,
      logger,
      signal: ending.signal,
      onWritten: (events) => written.inc({ projection: projection.name }, events),
    }),
  );
  return {
    readiness: {
      name: 'projections',
      check: async () =>
        lagging(await listDelays({ pool, store }), lagMaxS) ??
        outdated(await outdatedOf(pool, PROJECTIONS)),
    },
    close: async () => {
      ending.abort();
      await Promise.all(following);
      await pool.end();
    },
  };
}

async function prepare(pool: pg.Pool, options: ProjectorOptions): Promise<void> {
  const logId = await options.store.logId();
  await migrate(pool, {
    set: 'projections',
    migrations: PROJECTION_MIGRATIONS,
    mode: options.migrate,
  });
  for (const projection of PROJECTIONS) {
    await ensureFirstVersion(pool, projection, logId);
    await assertSameLog(pool, projection.name, logId);
  }
}

function lagging(delays: readonly ProjectionDelay[], lagMaxS: number): string | null {
  const behind = delays.filter((delay) => delay.lag_seconds > lagMaxS);
  if (behind.length === 0) return null;
  return behind
    .map((delay) => `${delay.name} is ${Math.round(delay.lag_seconds)} s behind`)
    .join(', ');
}

/** Whoever rolls releases one by one then leaves an older process, which keeps that version up to date, until it is built. */
function outdated(names: readonly string[]): string | null {
  return names.length === 0 ? null : `still to be built for this release: ${names.join(', ')}`;
}

function countEvents(metrics: Metrics) {
  return metrics.counter({
    name: 'projection_events_total',
    help: 'Events that a read model has taken in, those of no concern to it included.',
    labels: ['projection'],
  });
}

function showLag(metrics: Metrics, statuses: () => Promise<readonly ProjectionStatus[]>): void {
  const labels = ['projection'] as const;
  const gauges = [
    ['projection_lag_events', 'Events that are not in the read model yet.', 'lag_events'],
    ['projection_lag_seconds', 'Age of the oldest event not in the read model.', 'lag_seconds'],
    ['projection_version', 'Version that readers see; grows with a rebuild.', 'version'],
  ] as const;
  for (const [name, help, field] of gauges) {
    metrics.gauge({ name, help, labels }, async (gauge) => {
      // Without a database there is no lag to tell; the other metrics are still shown.
      for (const status of await statuses().catch(() => [])) {
        gauge.set({ projection: status.name }, status[field]);
      }
    });
  }
}
