import type pg from 'pg';
import type { Metrics } from './metrics.js';

/**
 * Each process dates events, and tells how late read models are, by its own clock; leases and what is due go by that of
 * Postgres. Nothing is lost where they differ, but a process far ahead takes every read model for late.
 */
export function showClockDifference(metrics: Metrics, pool: Pick<pg.Pool, 'query'>): void {
  metrics.gauge(
    {
      name: 'clock_ahead_seconds',
      help: "How far this process's clock is ahead of Postgres' (negative: behind).",
    },
    async (gauge) => {
      const askedAtMs = Date.now();
      // Without a database there is nothing to tell; the other metrics are still shown.
      const answer = await pool.query<{ now_ms: number }>(NOW).catch(() => null);
      const nowMs = answer?.rows[0]?.now_ms;
      if (nowMs !== undefined) gauge.set(((askedAtMs + Date.now()) / 2 - nowMs) / 1000);
    },
  );
}

const NOW = 'select extract(epoch from clock_timestamp())::float8 * 1000 as now_ms';
