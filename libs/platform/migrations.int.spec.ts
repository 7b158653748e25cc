import { jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { eventually } from '../testing/eventually.js';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.js';
import { ConfigError } from './config.js';
import { migrate, SchemaOutdated, type Migration } from './migrations.js';
import { errorCode } from './error-code.js';
import { connectionCheck, isConnectionError, openPool } from './postgres.js';

const FIRST: Migration = { name: '001-first', sql: 'create table first (id int); select 1' };
const SECOND: Migration = { name: '002-second', sql: 'alter table first add column name text' };
const BROKEN: Migration = {
  name: '003-broken',
  sql: 'create table third (id int); select nothing',
};

describe('migrate', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
  }, 60_000);
  beforeEach(async () => {
    await database.query('drop schema public cascade; create schema public');
  });
  afterAll(async () => {
    await pool?.end();
    await database?.dispose();
  }, 60_000);

  const apply = (...migrations: Migration[]) =>
    migrate(pool, { set: 'spec', migrations, mode: 'apply' });
  const check = (...migrations: Migration[]) =>
    migrate(pool, { set: 'spec', migrations, mode: 'check' });
  const applied = async () =>
    (await database.query('select name from tillstream_migrations order by name')).rows.map(
      (row: { name: string }) => row.name,
    );

  it('applies what is missing, once, also by several processes at once', async () => {
    await apply(FIRST);
    await Promise.all([apply(FIRST, SECOND), apply(FIRST, SECOND), apply(FIRST, SECOND)]);
    expect(await applied()).toEqual([FIRST.name, SECOND.name]);
    await migrate(pool, { set: 'another', migrations: [], mode: 'apply' });
  });

  it('changes nothing in check mode: refuses an old schema, accepts the same and a newer one', async () => {
    await expect(check(FIRST)).rejects.toThrow(SchemaOutdated);
    await apply(FIRST);
    await expect(check(FIRST, SECOND)).rejects.toThrow(/spec lacks 002-second.*MIGRATE=off/);
    await apply(FIRST, SECOND);
    await check(FIRST, SECOND);
    await check(FIRST);
  });

  it('waits for another process that migrates for minutes', async () => {
    const other = await pool.connect();
    await other.query('select pg_advisory_lock(7455716001)');
    const begunMs = performance.now();
    let laterMs = 0;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => begunMs + laterMs);
    const asked = jest.spyOn(pg.Client.prototype, 'query');
    try {
      const migrated = apply(FIRST);
      const tries = () => asked.mock.calls.filter(([text]) => String(text).includes('pg_try_'));
      await eventually(async () => expect(tries()).not.toEqual([]));
      laterMs = 300_000;
      const before = tries().length;
      await eventually(async () => expect(tries().length).toBeGreaterThan(before + 1));
      await other.query('select pg_advisory_unlock(7455716001)');
      await migrated;
    } finally {
      asked.mockRestore();
      clock.mockRestore();
      other.release(true);
    }
  });

  it('refuses a released migration that was edited', async () => {
    await apply(FIRST);
    await expect(apply({ ...FIRST, sql: 'select 2' })).rejects.toThrow(SchemaOutdated);
  });

  it('refuses a role that may not make its tables, with a sentence for the operator', async () => {
    const role = `spec_${randomUUID().slice(0, 8)}`;
    await database.query(`create role ${role}; grant usage on schema public to ${role}`);
    const databaseUrl = `${database.url}?options=-c%20role%3D${role}`;
    const poor = openPool({ databaseUrl, applicationName: 'spec' });
    const refused = migrate(poor, { set: 'spec', migrations: [FIRST], mode: 'apply' });
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(/^DATABASE_URL .* spec: permission denied for schema/);
    await poor.end();
    await database.query(`drop owned by ${role}; drop role ${role}`);
  });

  it('leaves nothing of a migration that fails, and keeps those before it', async () => {
    await expect(apply(FIRST, BROKEN)).rejects.toThrow('nothing');
    expect(await applied()).toEqual([FIRST.name]);
    const { rows } = await database.query(`select to_regclass('third') as third`);
    expect(rows).toEqual([{ third: null }]);
    await apply(FIRST, SECOND);
  });

  it('gives the lock back with the time-out that the pool had', async () => {
    await apply(FIRST);
    const { rows } = await pool.query<{ statement_timeout: string }>('show statement_timeout');
    expect(rows[0]?.statement_timeout).toBe('10s');
    const held = await database.query(`select from pg_locks where locktype = 'advisory'`);
    expect(held.rowCount).toBe(0);
  });

  it('refuses a pooler that has sessions for the time of a transaction only', async () => {
    await expect(connectionCheck(pooledByTransaction(pool))).rejects.toThrow(/in session mode/);
  });

  it('has a pool that outlives a restart of its server', async () => {
    await connectionCheck(pool);
    await database.restart();
    const error = await pool.query('select 1').then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error !== undefined) expect(isConnectionError(error)).toBe(true);
    await connectionCheck(pool);
  });

  it('tells errors of the connection from those of a statement', async () => {
    const error = await pool.query('select nothing').catch((reason: unknown) => reason);
    expect(errorCode(error)).toBe('42703');
    expect(isConnectionError(error)).toBe(false);
    const cut = pool.query('select pg_terminate_backend(pg_backend_pid())');
    expect(isConnectionError(await cut.catch((reason: unknown) => reason))).toBe(true);
    expect(isConnectionError(Object.assign(new Error('write'), { code: 'EPIPE' }))).toBe(true);
  });
});

/** As it looks to a client: each transaction is on the session that was used last, and alone on it. */
function pooledByTransaction(pool: pg.Pool): pg.Pool {
  const client = () => {
    let held: pg.PoolClient | undefined;
    const query = async (text: string, values: unknown[] = []) => {
      if (text === 'begin') held = await pool.connect();
      const result = await (held ?? pool).query(text, values);
      if (text === 'rollback') held?.release();
      return result;
    };
    const nothing = () => undefined;
    return { query, on: nothing, off: nothing, release: nothing };
  };
  return Object.create(pool, {
    connect: { value: async () => client() },
    query: { value: pool.query.bind(pool) },
  }) as pg.Pool; // reason: a pool in what is asked of it
}
