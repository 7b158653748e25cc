import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { crashPoint } from './crash-points.js';
import { ConfigError } from './config.js';
import { hasTable } from './has-table.js';
import { errorCode } from './error-code.js';
import { holdConnection, withoutTimeouts } from './held-connection.js';
import { DatabaseUnusable } from './postgres.js';

export interface Migration {
  /** Never changes once released; migrations run in the order of the list. */
  readonly name: string;
  readonly sql: string;
}

export interface MigrationPlan {
  /** Whose migrations these are: `event-store`, `projections` ... */
  readonly set: string;
  readonly migrations: readonly Migration[];
  /** `check` changes nothing and refuses an old schema (MIGRATE=off). */
  readonly mode: 'apply' | 'check';
}

/** The schema is not the one that this release needs. */
export class SchemaOutdated extends ConfigError {
  override readonly code = 'SCHEMA_OUTDATED';
  constructor(sentence: string) {
    super([sentence]);
  }
}

/** The lock goes with its holder's session, so a holder lives: large tables may take it long. */
const LOCK_WAIT_MAX_MS = 3_600_000;
const LOCK_POLL_MS = 100;
/** Any fixed number, the same for every process: one migrates, the others wait. */
const LOCK_KEY = 7_455_716_001;

/**
 * Brings one set of migrations up to date, each in a transaction of its own together with its row in
 * `tillstream_migrations`. A schema newer than this release is accepted, so that releases can be rolled one by one.
 * @throws SchemaOutdated in check mode, when a released migration was edited, or when the lock is not to be had;
 * DatabaseUnusable where the role may not do it
 */
export async function migrate(pool: pg.Pool, plan: MigrationPlan): Promise<void> {
  const { client, release } = await holdConnection(pool);
  let broken = false;
  try {
    const pending = await pendingOf(client, plan);
    if (pending.length > 0) {
      if (plan.mode === 'check') throw outdated(plan, pending);
      await underLock(client, plan);
    }
  } catch (error) {
    broken = !(error instanceof SchemaOutdated);
    throw refusalOf(plan, error) ?? error;
  } finally {
    release(broken);
  }
}

/** No privilege, no schema of the search path that is there, a server that only reads: a restart won't help. */
const REFUSALS: ReadonlySet<unknown> = new Set(['42501', '3F000', '25006']);

function refusalOf({ set }: MigrationPlan, cause: unknown): DatabaseUnusable | null {
  if (!(cause instanceof Error) || !REFUSALS.has(errorCode(cause))) return null;
  return new DatabaseUnusable(
    `DATABASE_URL leads to a role or server that refuses the schema of ${set}: ${cause.message}.`,
    { cause },
  );
}

async function underLock(client: pg.PoolClient, plan: MigrationPlan): Promise<void> {
  const deadline = performance.now() + LOCK_WAIT_MAX_MS;
  // Polled: a waiting pg_advisory_lock holds a snapshot, and `create index concurrently` would wait for that.
  while (!(await tryLock(client))) {
    if (performance.now() > deadline) {
      throw new SchemaOutdated(
        `The schema of ${plan.set} could not be migrated: another process holds the migration lock.`,
      );
    }
    await pause(LOCK_POLL_MS);
  }
  try {
    await withoutTimeouts(client, async () => {
      await client.query(CREATE_TABLE);
      for (const migration of await pendingOf(client, plan)) {
        await apply(client, plan.set, migration);
      }
    });
  } finally {
    // The lock belongs to the session: if this fails the session is gone, and the lock with it.
    await client.query('select pg_advisory_unlock($1)', [LOCK_KEY]).catch(() => undefined);
  }
}

async function tryLock(client: pg.PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [
    LOCK_KEY,
  ]);
  return rows[0]?.got === true;
}

const CREATE_TABLE = `
  create table if not exists tillstream_migrations (
    set text not null,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    primary key (set, name)
  )`;

async function apply(client: pg.PoolClient, set: string, migration: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(migration.sql);
    await client.query(
      'insert into tillstream_migrations (set, name, checksum) values ($1, $2, $3)',
      [set, migration.name, checksumOf(migration)],
    );
    crashPoint('migration-uncommitted');
    await client.query('commit');
    crashPoint('migration-committed');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function pendingOf(client: pg.PoolClient, plan: MigrationPlan): Promise<Migration[]> {
  const applied = await appliedOf(client, plan.set);
  return plan.migrations.filter((migration) => {
    const checksum = applied.get(migration.name);
    if (checksum !== undefined && checksum !== checksumOf(migration)) {
      throw new SchemaOutdated(
        `Migration ${migration.name} of ${plan.set} was applied with another content than this release has.`,
      );
    }
    return checksum === undefined;
  });
}

async function appliedOf(client: pg.PoolClient, set: string): Promise<Map<string, string>> {
  if (!(await hasTable(client, 'tillstream_migrations'))) return new Map();
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from tillstream_migrations where set = $1',
    [set],
  );
  return new Map(rows.map((row) => [row.name, row.checksum]));
}

function outdated(plan: MigrationPlan, pending: readonly Migration[]): SchemaOutdated {
  const names = pending.map((migration) => migration.name).join(', ');
  return new SchemaOutdated(
    `The schema of ${plan.set} lacks ${names}; a process of this release applies that at its start, unless MIGRATE=off.`,
  );
}

function checksumOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex');
}
