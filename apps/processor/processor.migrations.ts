import type { Migration } from '../../libs/platform/migrations.js';

/** What the processor keeps: its place in the log, the payments to look at, its place in each gateway's feed. */
export const PROCESSOR_MIGRATIONS: readonly Migration[] = [
  {
    name: '001-due-payments',
    sql: `
      create table processor_checkpoint (
        singleton boolean primary key default true check (singleton),
        log_id text not null,
        position text collate "C" not null,
        fencing_token bigint not null default 0
      );
      create table due_payments (
        payment_id text primary key,
        -- 'running': somebody may still drive it, taken over only when nothing came for a while.
        kind text not null check (kind in ('running', 'due')),
        due_at timestamptz not null,
        revision integer not null
      );
      create index due_payments_by_time on due_payments (due_at);
      create table gateway_feeds (
        gateway text primary key,
        cursor text not null
      );`,
  },
  {
    name: '002-risk-watch',
    sql: `
      -- Authorized payments that risk looks at again.
      create table risk_watch (
        payment_id text primary key,
        -- of the authorization: counts are good once they hold it
        position text collate "C" not null,
        since timestamptz not null default now(),
        due_at timestamptz not null default now(),
        asks integer not null default 0
      );
      create index risk_watch_by_time on risk_watch (due_at);`,
  },
  {
    name: '003-hook-checkpoint',
    sql: `
      create table hook_checkpoint (
        singleton boolean primary key default true check (singleton),
        position text collate "C" not null
      );`,
  },
];
