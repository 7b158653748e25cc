import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js';
import { eventually } from '../../testing/eventually.js';
import { newEvents } from '../contract/harness.js';
import { openPostgresEventStore, type PostgresEventStore } from './postgres-event-store.js';

const FILTER = { streamPrefixes: ['wanted-'] };
/** More than a filtered read looks at before it answers. */
const OTHERS = 10_001;

const FILL = `insert into event_store.events
  select pg_current_xact_id()::text::bigint + (select transaction_offset from event_store.log), nth,
    'other-1', nth - 1, gen_random_uuid(), 'Any', 1, '{}', '{}'
  from generate_series(1, ${OTHERS}) as nth`;

describe('reads of some streams of the log in Postgres', () => {
  let database: TestDatabase;
  let store: PostgresEventStore;
  beforeAll(async () => {
    database = await createTestDatabase();
    store = await openPostgresEventStore({ databaseUrl: database.url, migrate: 'apply' });
  });
  afterAll(async () => {
    await store?.close();
    await database?.dispose();
  });

  it.each([1, 2, 10])(
    'hold back what a running transaction may still come before, %i at a time (I-30)',
    async (limit) => {
      const after = await store.head();
      const slow = new pg.Client({ connectionString: database.url });
      await slow.connect();
      try {
        await slow.query('begin');
        await slow.query('select pg_current_xact_id()');
        await store.append(`wanted-${limit}`, 'no stream', newEvents(3));
        const page = await store.readAll(after, limit, FILTER);
        expect(page).toEqual({ events: [], position: after, atEnd: true });
        await slow.query('commit');
      } finally {
        await slow.end();
      }
      await eventually(async () => {
        const { events } = await store.readAll(after, limit, FILTER);
        expect(events).toHaveLength(Math.min(limit, 3));
      });
    },
  );

  it('are not at the end of the log where they have only looked at enough of it', async () => {
    const after = await store.head();
    await database.query(FILL);
    const last = await store.append('wanted-last', 'no stream', newEvents(1));
    await eventually(async () => expect(await store.head()).toBe(last.position));
    const first = await store.readAll(after, 10, FILTER);
    expect([first.events, first.atEnd]).toEqual([[], false]);
    const next = await store.readAll(first.position, 10, FILTER);
    expect(next.events.map(({ stream }) => stream)).toEqual(['wanted-last']);
    expect([next.position, next.atEnd]).toEqual([last.position, true]);
  });
});
