import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { EventStore } from '../../libs/event-store/event-store.js';
import { ConfigError } from '../../libs/platform/config.js';
import type { Logger } from '../../libs/platform/logging.js';
import type { Metrics } from '../../libs/platform/metrics.js';
import { migrate } from '../../libs/platform/migrations.js';
import { openPool } from '../../libs/platform/postgres.js';
import { sharedLook } from '../../libs/platform/shared-look.js';
import type { BooksSource } from '../../libs/verify/books-sources.js';
import { CHECKS } from '../../libs/verify/finding.js';
import { takesSeals } from '../../libs/verify/seal-file.js';
import { sealLog } from '../../libs/verify/sealer.js';
import { leadForEver } from '../../projections/runner/lead-for-ever.js';
import type { Lease } from '../../projections/runner/lease.js';
import { PROJECTION_MIGRATIONS } from '../../projections/runner/projections.migrations.js';
import { lastRun } from '../../projections/verification/verification-runs.js';
import { VERIFICATION_MIGRATIONS } from '../../projections/verification/verification.migrations.js';
import { verifyOnSchedule } from './scheduled-verification.js';

export interface VerifierOptions {
  readonly databaseUrl: string;
  readonly migrate: 'apply' | 'check';
  /** Stays open when the verifier is closed. */
  readonly store: EventStore;
  /** Of the gateways that can list them. */
  readonly books: readonly BooksSource[];
  /** 0: nothing is scheduled. */
  readonly intervalS: number;
  /** Null: the log is not sealed. */
  readonly sealsFile: string | null;
  readonly sealIntervalMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface Verifier {
  close(): Promise<void>;
}

const POOL_MAX = 5;
const BACK_OFF = { minMs: 500, maxMs: 60_000 };
const SETTLED_MS = 10_000;
/** One look at the last run serves all gauges of a scrape. */
const RUN_FRESH_MS = 500;

/**
 * Seals the log as it grows and verifies it on schedule; one process at a time does each, the others stand by.
 * @throws SchemaOutdated, ConfigError
 */
export async function startVerifier(options: VerifierOptions): Promise<Verifier> {
  const { databaseUrl, sealsFile, logger } = options;
  if (sealsFile !== null && !(await takesSeals(sealsFile))) {
    throw new ConfigError(['SEALS_FILE must name a file that this process may write to.']);
  }
  const pool = openPool({
    databaseUrl,
    applicationName: 'tillstream verifier',
    max: POOL_MAX,
    onIdleError: (error) => logger.warn({ err: error }, 'lost a connection to Postgres'),
  });
  try {
    const mode = options.migrate;
    await migrate(pool, { set: 'projections', migrations: PROJECTION_MIGRATIONS, mode });
    await migrate(pool, { set: 'verification', migrations: VERIFICATION_MIGRATIONS, mode });
  } catch (error) {
    await pool.end();
    throw error;
  }
  showLastRun(options.metrics, pool);
  const ending = new AbortController();
  const works = begin({ ...options, pool, signal: ending.signal });
  return {
    close: async () => {
      ending.abort();
      await Promise.all(works);
      await pool.end();
    },
  };
}

interface Running extends VerifierOptions {
  readonly pool: pg.Pool;
  readonly signal: AbortSignal;
}

const WORKS = ['seals', 'verification'] as const;

function begin(running: Running): readonly Promise<void>[] {
  const { pool, store, books, sealsFile, intervalS, logger } = running;
  const stumbles = running.metrics.counter({
    name: 'verifier_stumbles_total',
    help: 'How often sealing or verifying ended by an error; it is tried again.',
    labels: ['work'],
    fromZero: WORKS.map((work) => ({ work })),
  });
  const holder = `${process.pid}-${randomUUID()}`;
  const led = (
    work: (typeof WORKS)[number],
    run: (lease: Lease, signal: AbortSignal) => Promise<void>,
  ) => {
    const onStumble = (error: unknown, backOffMs: number) => {
      stumbles.inc({ work });
      logger.error({ err: error, work, backOffMs }, 'the verifier stumbled');
    };
    const { signal } = running;
    const lease = { name: work, holder };
    return leadForEver(
      { pool, lease, signal, backOff: BACK_OFF, settledMs: SETTLED_MS, onStumble },
      (held) => run(held, AbortSignal.any([signal, held.lost])),
    );
  };
  const works: Promise<void>[] = [];
  if (sealsFile !== null) {
    const intervalMs = running.sealIntervalMs;
    works.push(
      led('seals', (lease, signal) =>
        sealLog({ store, file: sealsFile, intervalMs, isHeld: () => lease.isHeld(), signal }),
      ),
    );
  }
  if (intervalS > 0) {
    works.push(
      led('verification', (_lease, signal) =>
        verifyOnSchedule({ pool, store, books, sealsFile, intervalS, logger, signal }),
      ),
    );
  }
  return works;
}

/** Every process shows the last run of all, whoever made it. */
function showLastRun(metrics: Metrics, pool: pg.Pool): void {
  // Without a database there is nothing to tell; the other metrics are still shown.
  const look = sharedLook(() => lastRun(pool).catch(() => null), RUN_FRESH_MS);
  metrics.gauge(
    {
      name: 'invariant_violations',
      help: 'Findings of the last verification; 0 before the first one has ended.',
      labels: ['check'],
    },
    async (gauge) => {
      const run = await look();
      for (const check of CHECKS) gauge.set({ check }, run?.counts[check] ?? 0);
    },
  );
  metrics.gauge(
    {
      name: 'last_verification_timestamp_seconds',
      help: 'When the last verification ended, since 1970; 0: none has.',
    },
    async (gauge) => {
      const run = await look();
      gauge.set(run === null ? 0 : run.finishedAt.getTime() / 1000);
    },
  );
}
