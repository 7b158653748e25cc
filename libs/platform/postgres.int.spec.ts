import { createTestDatabase, type TestDatabase } from '../testing/test-database.js';
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
});
