import type pg from 'pg';
import { migrate } from '../../platform/migrations.js';
import { openPool, PLANNED_ONCE } from '../../platform/postgres.js';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js';
import { newEvents, newStream } from '../contract/harness.js';
import { chain } from '../hash-chain.js';
import { appendAll, appendCommand } from './append-statement.js';
import { EVENT_STORE_MIGRATIONS } from './event-store.migrations.js';

const OTHER_EVENTS = 5_000;

const OTHERS = `insert into event_store.events
  select 1, nth, 'other-' || nth, 0, gen_random_uuid(), 'OrderPlaced', 1, '{}', '{}'
  from generate_series(1, ${OTHER_EVENTS}) as nth`;

/** Of the transaction that is under way. */
const FETCHED = `select coalesce(idx_tup_fetch, 0)::integer + seq_tup_read::integer as fetched
  from pg_stat_xact_user_tables where relid = 'event_store.events'::regclass`;

describe('an append whose statement was planned while the log was empty', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await createTestDatabase();
    const options = { databaseUrl: database.url, applicationName: 'spec', max: 1 };
    pool = openPool({ ...options, settings: PLANNED_ONCE });
    await migrate(pool, { set: 'event-store', migrations: EVENT_STORE_MIGRATIONS, mode: 'apply' });
  }, 60_000);
  afterAll(async () => {
    await pool.end();
    await database.dispose();
  }, 60_000);

  it('reads no other stream when it comes a second time', async () => {
    const stream = newStream();
    const command = appendCommand(stream, 'no stream', chain(stream, 'no stream', newEvents(2)));
    const client = await pool.connect();
    const [first] = await appendAll(client, [command]);
    await client.query(OTHERS);

    await client.query('begin');
    const [second] = await appendAll(client, [command]);
    const { rows } = await client.query<{ fetched: number }>(FETCHED);
    await client.query('commit');
    client.release();

    expect(second).toMatchObject({
      outcome: 'not stored',
      before: first?.outcome === 'stored' ? first.position : null,
    });
    expect(rows[0]?.fetched).toBeLessThan(10);
  });
});
