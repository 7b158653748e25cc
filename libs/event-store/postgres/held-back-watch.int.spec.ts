import pg from 'pg';
import { eventually } from '../../testing/eventually.js';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js';
import { newEvents, newStream } from '../contract/harness.js';
import { LogHeldBack } from './held-back-watch.js';
import { openPostgresEventStore, type PostgresEventStore } from './postgres-event-store.js';

describe('a log in a cluster with a transaction that does not end', () => {
  let database: TestDatabase;
  let store: PostgresEventStore;
  const troubles: unknown[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    store = await openPostgresEventStore({
      databaseUrl: database.url,
      migrate: 'apply',
      lookIntervalMs: 50,
      onTrouble: (error) => troubles.push(error),
    });
  }, 60_000);
  afterAll(async () => {
    await store?.close();
    await database?.dispose();
  }, 60_000);

  it('says who keeps its readers from the events', async () => {
    const end = new AbortController();
    const pages = store.subscribeAll(await store.head(), { signal: end.signal });
    const reading = (async () => {
      for await (const { events } of pages) if (events.length > 0) break;
    })();
    const url = new URL(database.url);
    url.pathname = '/postgres';
    const elsewhere = new pg.Client({ connectionString: url.href });
    await elsewhere.connect();
    await elsewhere.query('begin');
    const { rows } = await elsewhere.query<{ pid: number }>(
      'select pg_current_xact_id(), pg_backend_pid() as pid',
    );
    await store.append(newStream(), 'no stream', newEvents(1));
    await eventually(async () => expect(troubles.length).toBeGreaterThan(0));

    expect(troubles[0]).toBeInstanceOf(LogHeldBack);
    expect(String(troubles[0])).toContain(`process ${rows[0]?.pid} in database postgres`);
    await elsewhere.end();
    await reading;
    end.abort();
  });
});
