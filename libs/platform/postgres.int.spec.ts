import { startTcpProxy } from '../testing/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.js';
import { liftTimeouts } from './held-connection.js';
import { openPool, PLANNED_ONCE } from './postgres.js';

describe('a pool of Postgres', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  }, 60_000);
  afterAll(() => database?.dispose(), 60_000);

  it('gives each of its sessions the settings that it was opened with, and no other pool', async () => {
    const options = { databaseUrl: database.url, applicationName: 'spec' };
    const planned = openPool({ ...options, settings: PLANNED_ONCE });
    const other = openPool(options);
    const mode = `select current_setting('plan_cache_mode') as mode, current_setting('enable_seqscan') as scan`;
    const sessions = await Promise.all([planned.query(mode), planned.query(mode)]);
    expect(sessions.map(({ rows }) => rows)).toEqual([
      [{ mode: 'force_generic_plan', scan: 'off' }],
      [{ mode: 'force_generic_plan', scan: 'off' }],
    ]);
    expect((await other.query(mode)).rows).toEqual([{ mode: 'auto', scan: 'on' }]);
    await Promise.all([planned.end(), other.end()]);
  });

  it('adds its settings to those that the URL asks for', async () => {
    const databaseUrl = `${database.url}?options=-c%20search_path%3Dhouse,public%20-c%20jit%3Don`;
    const planned = openPool({ databaseUrl, applicationName: 'spec', settings: PLANNED_ONCE });
    const { rows } = await planned.query(
      `select current_setting('search_path') as path, current_setting('jit') as jit,
         current_setting('plan_cache_mode') as mode, current_setting('statement_timeout') as longest`,
    );
    expect(rows).toEqual([
      { path: 'house,public', jit: 'on', mode: 'force_generic_plan', longest: '10s' },
    ]);
    await planned.end();
  });

  it('gives up a connection that says nothing any more, and goes on with another one', async () => {
    const url = new URL(database.url);
    const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    url.host = `127.0.0.1:${proxy.port}`;
    const pool = openPool({
      databaseUrl: url.href,
      applicationName: 'spec',
      max: 1,
      answerTimeoutMs: 300,
      statementTimeoutMs: 500,
    });
    const one = { name: 'one', text: 'select $1::integer as one', values: [1] };
    await pool.query(one);
    proxy.stall();
    await expect(pool.query(one)).rejects.toThrow('timeout');
    expect((await pool.query(one)).rows).toEqual([{ one: 1 }]);
    expect((await pool.query('select $1::integer as two', [2])).rows).toEqual([{ two: 2 }]);
    const held = await pool.connect();
    const boundAgain = await liftTimeouts(held);
    await held.query('select pg_sleep(0.6)');
    await boundAgain();
    await expect(held.query('select pg_sleep(0.6)')).rejects.toThrow('timeout');
    held.release(true);
    await pool.end();
    await proxy.close();
  });
});
