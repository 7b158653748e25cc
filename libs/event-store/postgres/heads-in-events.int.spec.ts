import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { migrate } from '../../platform/migrations.js';
import { openPool } from '../../platform/postgres.js';
import { eventually } from '../../testing/eventually.js';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js';
import { newEvents, newStream } from '../contract/harness.js';
import { LOG_START, WrongRevision, type NewEvent } from '../event-store.js';
import { chain, headOf, verifyChain } from '../hash-chain.js';
import { EVENT_STORE_MIGRATIONS } from './event-store.migrations.js';
import { openPostgresEventStore } from './postgres-event-store.js';

/** What a release did whose heads were rows of their own: one append to a new stream. */
async function appendAsBefore(pool: pg.Pool, stream: string, events: NewEvent[]): Promise<void> {
  const chained = chain(stream, 'no stream', events);
  const last = chained.at(-1)!;
  await pool.query('select event_store.append($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)', [
    [stream],
    [true],
    [-1],
    [''],
    [last.revision],
    [last.metadata.hash],
    chained.map(() => 1),
    chained.map(({ revision }) => revision),
    chained.map(({ id }) => id),
    chained.map(({ type }) => type),
    chained.map(({ version }) => version),
    chained.map(({ data }) => JSON.stringify(data)),
    chained.map(({ metadata }) => JSON.stringify(metadata)),
  ]);
}

describe('Postgres event store whose heads are the newest events', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  }, 60_000);
  afterAll(() => database?.dispose(), 60_000);

  it('goes on where a release with heads of their own ended', async () => {
    const pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
    const before = EVENT_STORE_MIGRATIONS.slice(0, 2);
    await migrate(pool, { set: 'event-store', migrations: before, mode: 'apply' });
    const stream = newStream();
    const batch = newEvents(2);
    await appendAsBefore(pool, stream, batch);
    await pool.end();

    const store = await openPostgresEventStore({ databaseUrl: database.url, migrate: 'apply' });
    const stored = await store.readStream(stream);
    const head = headOf(stored[1]!);
    const again = await store.append(stream, 'no stream', batch);
    expect(again).toEqual({ ...head, position: stored[1]!.position });
    expect((await store.append(stream, head, newEvents(1))).revision).toBe(2);
    expect(verifyChain(await store.readStream(stream))).toBeNull();
    expect((await store.readAll(LOG_START, 10)).events).toHaveLength(3);
    await store.close();
  }, 60_000);

  it.each([
    ['alone', 0],
    ['beside others', 3],
  ])('decides anew, %s, when another writer took a place after the look', async (_how, others) => {
    const store = await openPostgresEventStore({ databaseUrl: database.url, migrate: 'apply' });
    const stream = newStream();
    const head = await store.append(stream, 'no stream', newEvents(1));
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await other.query('begin');
    await other.query(
      `insert into event_store.events
       select pg_current_xact_id()::text::bigint, 1, stream, 1, $2, type, version, data, metadata
       from event_store.events where stream = $1`,
      [stream, randomUUID()],
    );
    const lost = store.append(stream, head, newEvents(2)).catch((error: unknown) => error);
    const neighbours = Array.from({ length: others }, () => newStream());
    const won = neighbours.map((one) => store.append(one, 'no stream', newEvents(2)));
    await eventually(async () => {
      const { rows } = await database.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect(rows).toHaveLength(1);
    });
    await other.query('commit');
    await other.end();
    expect(await lost).toBeInstanceOf(WrongRevision);
    expect(await lost).toMatchObject({ expected: 0, actual: 1 });
    for (const { revision } of await Promise.all(won)) expect(revision).toBe(1);
    expect(await store.readStream(stream)).toHaveLength(2);
    for (const one of neighbours) expect(await store.readStream(one)).toHaveLength(2);
    await store.close();
  });
});
