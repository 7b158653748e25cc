import type pg from 'pg';
import { hasTable } from '../../libs/platform/has-table.js';
import { CHECKS, type Check, type Finding } from '../../libs/verify/finding.js';
import type { VerifyResult } from './verify-installation.js';

/** A verification that came to its end. */
export interface VerificationRun {
  readonly logId: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly events: number;
  readonly streams: number;
  readonly position: string;
  readonly counts: { readonly [Name in Check]?: number };
  /** The first ones of all. */
  readonly findings: readonly Finding[];
}

/** Findings of a run that are kept in words. */
const FINDINGS_KEPT_MAX = 100;
const RUNS_KEPT_MAX = 100;

export async function storeRun(
  pool: pg.Pool,
  startedAt: Date,
  { logId, log, findings }: VerifyResult,
): Promise<void> {
  const counts = Object.fromEntries(CHECKS.map((check) => [check, findings.count(check)]));
  const kept = findings.list().slice(0, FINDINGS_KEPT_MAX);
  await pool.query(
    `insert into verification_runs (log_id, started_at, events, streams, position, counts, findings)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      logId,
      startedAt,
      log.events,
      log.streams,
      log.position,
      JSON.stringify(counts),
      JSON.stringify(kept),
    ],
  );
  await pool.query(
    `delete from verification_runs
      where id <= (select max(id) from verification_runs) - ${RUNS_KEPT_MAX}`,
  );
}

/** The newest run of this database; null: none has come to its end, or nothing was ever scheduled here. */
export async function lastRun(pool: pg.Pool): Promise<VerificationRun | null> {
  if (!(await hasTable(pool, 'verification_runs'))) return null;
  const { rows } = await pool.query<StoredRun>(
    `select log_id, started_at, finished_at, events, streams, position, counts, findings
       from verification_runs order by id desc limit 1`,
  );
  const [row] = rows;
  if (row === undefined) return null;
  return {
    logId: row.log_id,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    events: Number(row.events),
    streams: Number(row.streams),
    position: row.position,
    counts: JSON.parse(row.counts) as VerificationRun['counts'], // reason: written by storeRun
    findings: JSON.parse(row.findings) as readonly Finding[], // reason: written by storeRun
  };
}

interface StoredRun {
  readonly log_id: string;
  readonly started_at: Date;
  readonly finished_at: Date;
  readonly events: string;
  readonly streams: string;
  readonly position: string;
  readonly counts: string;
  readonly findings: string;
}

/** How long until the next run, by the database's clock; the first one is due after `firstS`. */
export async function untilNextRunMs(
  pool: pg.Pool,
  { intervalS, firstS }: { readonly intervalS: number; readonly firstS: number },
): Promise<number> {
  const { rows } = await pool.query<{ wait_ms: number }>(
    `with first as (
       insert into verification_schedule (next_at) values (now() + make_interval(secs => $2))
       on conflict do nothing returning next_at
     ), next as (
       select next_at from first union all select next_at from verification_schedule
     )
     -- An interval that was made shorter counts from now on.
     select (extract(epoch from least(min(next_at), now() + make_interval(secs => $1)) - now()) * 1000)::float8
       as wait_ms from next`,
    [intervalS, firstS],
  );
  return Math.max(0, rows[0]?.wait_ms ?? 0);
}

export async function scheduleNextRun(pool: pg.Pool, afterS: number): Promise<void> {
  await pool.query(`update verification_schedule set next_at = now() + make_interval(secs => $1)`, [
    afterS,
  ]);
}
