import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Position } from '../../libs/event-store/event-store.js';
import { LaterRiskCheck } from '../../libs/orchestration/later-risk.js';
import type { OrchestrationPorts } from '../../libs/orchestration/orchestration.js';
import { PaymentContinuation } from '../../libs/orchestration/payment-continuation.js';
import { ensureProcessorCheckpoint } from '../../libs/orchestration/processor-checkpoint.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import { endTogether } from '../../libs/platform/end-together.js';
import type { ReadinessCheck } from '../../libs/platform/health.js';
import type { Logger } from '../../libs/platform/logging.js';
import type { Metrics } from '../../libs/platform/metrics.js';
import { migrate } from '../../libs/platform/migrations.js';
import { openPool } from '../../libs/platform/postgres.js';
import type { LaterRisk } from '../../libs/risk/open-risk.js';
import { leadForEver } from '../../projections/runner/lead-for-ever.js';
import type { Lease } from '../../projections/runner/lease.js';
import { ProjectionWaits } from '../../projections/runner/query.js';
import { PROJECTION_MIGRATIONS } from '../../projections/runner/projections.migrations.js';
import { followWithHooks } from './after-hooks.js';
import { bringForwardAfterSetBack } from './clock-set-back.js';
import { DuePayments } from './due-payments.js';
import { workOffDue } from './due-worker.js';
import { FeedCursors } from './feed-cursors.js';
import { readFeeds } from './feed-reader.js';
import { FirstSeen, SEEN_MAX } from './first-seen.js';
import { noteLog } from './note-log.js';
import { PROCESSOR_MIGRATIONS } from './processor.migrations.js';
import { watchRisk, type RiskWatch } from './risk-watch.js';

export interface ProcessorOptions {
  readonly databaseUrl: string;
  readonly migrate: 'apply' | 'check';
  /** Its store stays open when the processor is closed. */
  readonly ports: OrchestrationPorts;
  /** What authorized payments are looked at for; null or left out: nothing. */
  readonly laterRisk?: LaterRisk | null;
  /** Longest pause between two questions about an unknown outcome. */
  readonly unknownAskMaxMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface Processor {
  readonly readiness: ReadinessCheck;
  close(): Promise<void>;
}

/** What a running call may take beyond its gateway before it is taken over. */
const TAKE_OVER_EXTRA_MS = 5_000;
const POOL_MAX = 6;
/** How long a look waits for the counts of attempts to follow the log. */
const COUNTS_WAIT_MS = 500;
const BACK_OFF = { minMs: 100, maxMs: 5_000 };
const SETTLED_MS = 5_000;

/**
 * Continues whatever is due: open intents after a crash, unknown outcomes, timers, facts of the gateways' feeds. One
 * process leads by a lease, others stand by; two at once would do work twice and no harm.
 */
export async function startProcessor(options: ProcessorOptions): Promise<Processor> {
  const { logger } = options;
  const pool = openPool({
    databaseUrl: options.databaseUrl,
    applicationName: 'tillstream processor',
    max: POOL_MAX,
    onIdleError: (error) => logger.warn({ err: error }, 'lost a connection to Postgres'),
  });
  try {
    const mode = options.migrate;
    await migrate(pool, { set: 'projections', migrations: PROJECTION_MIGRATIONS, mode });
    await migrate(pool, { set: 'processor', migrations: PROCESSOR_MIGRATIONS, mode });
    await ensureProcessorCheckpoint(pool, await options.ports.store.logId());
  } catch (error) {
    await pool.end();
    throw error;
  }
  const ending = new AbortController();
  const running = { ...options, pool, signal: ending.signal };
  let trouble: string | null = null;
  const leading = leadForEver(
    {
      pool,
      lease: { name: 'processor', holder: `${process.pid}-${randomUUID()}` },
      signal: ending.signal,
      backOff: BACK_OFF,
      settledMs: SETTLED_MS,
      onWell: () => (trouble = null),
      onStumble: (error, backOffMs) => {
        trouble = 'the processor stumbled and begins again';
        logger.error({ err: error, backOffMs }, 'processor stumbled');
      },
    },
    (lease) => lead(running, lease),
  );
  return {
    readiness: { name: 'processor', check: () => Promise.resolve(trouble) },
    close: async () => {
      ending.abort();
      await leading;
      await pool.end();
    },
  };
}

interface Running extends ProcessorOptions {
  readonly pool: pg.Pool;
  readonly signal: AbortSignal;
}

/** Leads until the lease is lost or one of its works throws; the caller begins anew. */
async function lead(running: Running, lease: Lease): Promise<void> {
  const { ports, logger } = running;
  const { clock } = ports;
  const takeOverAfterMs = ports.settings.gatewayTimeoutMs + TAKE_OVER_EXTRA_MS;
  const due = new DuePayments(running.pool, takeOverAfterMs);
  const position = await due.claim(lease.token);
  if (lease.clockSetBackS > 0) await bringForwardAfterSetBack(running.pool, lease.clockSetBackS);
  crashPoint('processor-leading');
  const continuation = new PaymentContinuation(ports, running);
  const seen = new FirstSeen(clock);
  // What an earlier leader left running is waited for from now on, not from when its row is due: that would be twice.
  for (const left of await due.running(SEEN_MAX)) seen.add(left);
  logger.info('leading the processor');
  const { laterRisk: later = null } = running;
  const watching = later !== null;
  await endTogether(AbortSignal.any([running.signal, lease.lost]), (signal) => [
    noteLog(ports.store, { due, clock, seen, watching, position, token: lease.token, signal }),
    workOffDue({ due, clock, seen, continuation, takeOverAfterMs, logger, signal }),
    readFeeds({ ports, cursors: new FeedCursors(running.pool), logger, signal }),
    ...(ports.hooks.followsTheLog
      ? [followWithHooks({ pool: running.pool, store: ports.store, hooks: ports.hooks, signal })]
      : []),
    ...(later === null ? [] : [watchRisk(riskWatchOf(running, later, signal))]),
  ]);
}

function riskWatchOf(running: Running, later: LaterRisk, signal: AbortSignal): RiskWatch {
  const { pool, ports, logger } = running;
  const { watchS } = later;
  const check = new LaterRiskCheck(ports, later);
  const waits = new ProjectionWaits({ pool, store: ports.store });
  const counted = async (position: Position) => {
    if (!later.rules.counts) return true;
    const wanted = { position, maxWaitMs: COUNTS_WAIT_MS };
    return (await waits.waitFor('risk-velocity', wanted)).kind === 'ok';
  };
  return { pool, look: (id) => check.look(id), counted, watchS, logger, signal };
}
