import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { EventStore } from '../../libs/event-store/event-store.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import type { Logger } from '../../libs/platform/logging.js';
import type { BooksSource } from '../../libs/verify/books-sources.js';
import { gentlePace } from '../../projections/verification/pace.js';
import {
  scheduleNextRun,
  storeRun,
  untilNextRunMs,
} from '../../projections/verification/verification-runs.js';
import { verifyInstallation } from '../../projections/verification/verify-installation.js';

export interface ScheduledVerification {
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly books: readonly BooksSource[];
  readonly sealsFile: string | null;
  readonly intervalS: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** A new installation shows soon that it is verified. */
const FIRST_AFTER_S = 300;
/** What could not be finished is tried again, not before this. */
const RETRY_AFTER_S = 600;
/** Findings of a run that are logged one by one. */
const FINDINGS_LOGGED_MAX = 20;
/** The schedule is looked at again at the latest after this. */
const LOOK_INTERVAL_MS = 60_000;

/** Verifies whenever it is due, beside payments, and keeps what it found. Resolves after the signal. */
export async function verifyOnSchedule(options: ScheduledVerification): Promise<void> {
  const { pool, intervalS, logger, signal } = options;
  const times = { intervalS, firstS: Math.min(intervalS, FIRST_AFTER_S) };
  while (!signal.aborted) {
    const waitMs = await untilNextRunMs(pool, times);
    if (waitMs > 0) {
      const ms = Math.min(waitMs, LOOK_INTERVAL_MS);
      await pause(ms, undefined, { signal }).catch(() => undefined);
      continue;
    }
    try {
      await verifyOnce(options);
      crashPoint('verification-recorded');
      await scheduleNextRun(pool, intervalS);
    } catch (error) {
      if (signal.aborted) return;
      logger.error({ err: error }, 'the verification could not be finished; nothing is proven');
      await scheduleNextRun(pool, Math.min(intervalS, RETRY_AFTER_S));
    }
  }
}

async function verifyOnce(options: ScheduledVerification): Promise<void> {
  const { pool, store, books, sealsFile, logger, signal } = options;
  const startedAt = new Date();
  const pace = gentlePace(signal);
  const result = await verifyInstallation(
    { pool, store },
    {
      books,
      sealsFile,
      quick: false,
      // Sealing is the work of the sealer.
      addSeal: false,
      pace,
      onProgress: () => undefined,
      signal,
    },
  );
  await storeRun(pool, startedAt, result);
  const { findings, log } = result;
  const read = { events: log.events, streams: log.streams, position: log.position };
  if (findings.total === 0) {
    logger.info(read, 'verified: all of it holds');
    return;
  }
  for (const finding of findings.list().slice(0, FINDINGS_LOGGED_MAX)) {
    const { check, stream, revision, position, message } = finding;
    logger.error({ check, stream, revision, position, finding: message }, 'invariant violated');
  }
  logger.error({ ...read, findings: findings.total }, 'verified: not all of it holds');
}
