import type { Migration } from '../../libs/platform/migrations.js';

/** What the scheduled verification found, and when the next one is due. */
export const VERIFICATION_MIGRATIONS: readonly Migration[] = [
  {
    name: '001-runs',
    sql: `
      create table verification_schedule (
        singleton boolean primary key default true check (singleton),
        next_at timestamptz not null
      );
      create table verification_runs (
        id bigint generated always as identity primary key,
        log_id text not null,
        started_at timestamptz not null,
        finished_at timestamptz not null default now(),
        events bigint not null,
        streams bigint not null,
        position text collate "C" not null,
        -- JSON: findings a check
        counts text not null,
        -- JSON: those that are kept in words
        findings text not null
      );`,
  },
];
