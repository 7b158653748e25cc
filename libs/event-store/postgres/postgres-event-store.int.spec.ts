import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { SchemaOutdated } from '../../platform/migrations.js';
import { DatabaseUnusable, openPool } from '../../platform/postgres.js';
import { eventually } from '../../testing/eventually.js';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js';
import { collect, idsOf, newEvent, newEvents, newStream } from '../contract/harness.js';
import {
  LOG_START,
  OutcomeUnknown,
  StoreUnavailable,
  WrongRevision,
  type ExpectedHead,
} from '../event-store.js';
import { InvalidBatch } from '../hash-chain.js';
import { adoptLog, LogIdentityMismatch } from './log-identity.js';
import { openPostgresEventStore, type PostgresEventStore } from './postgres-event-store.js';

const SECRET = 'hunter2';
const NOWHERE = `postgres://someone:${SECRET}@127.0.0.1:1/nowhere`;

describe('Postgres event store', () => {
  let database: TestDatabase;
  let store: PostgresEventStore;
  const open = (options = {}) =>
    openPostgresEventStore({ databaseUrl: database.url, migrate: 'apply', ...options });
  beforeAll(async () => {
    database = await createTestDatabase();
    store = await open();
  }, 60_000);
  afterAll(async () => {
    await store?.close();
    await database?.dispose();
  }, 60_000);

  it('holds back what a running transaction may still come before (I-30)', async () => {
    const after = await store.head();
    const slow = new pg.Client({ connectionString: database.url });
    await slow.connect();
    const [early, late] = [newStream('early'), newStream('late')];
    const end = new AbortController();
    const seen = collect(
      store.subscribeAll(after, { signal: end.signal }),
      (events) => events.length >= 2,
    );
    try {
      await slow.query('begin');
      // The lower transaction number, committed last.
      await slow.query('select pg_current_xact_id()');
      await store.append(late, 'no stream', newEvents(1));
      expect((await store.readAll(after, 10)).events).toEqual([]);
      expect(await store.head()).toBe(after);
      expect(await store.countAfter(after, 10)).toBe(0);
      await slow.query(
        `insert into event_store.events
         select pg_current_xact_id()::text::bigint, 1, $1, 0, $2, type, version, data, metadata
         from event_store.events where stream = $3`,
        [early, randomUUID(), late],
      );
      await slow.query('commit');
    } finally {
      await slow.end();
    }
    const { events } = await eventually(async () => {
      const page = await store.readAll(after, 10);
      expect(page.events).toHaveLength(2);
      return page;
    });
    expect(events.map((event) => event.stream)).toEqual([early, late]);
    expect(await seen).toEqual(events);
    end.abort();
  });

  it('loses nothing to a reader beside many writers of several processes', async () => {
    const writers = await Promise.all([open(), open(), open()]);
    const start = await store.head();
    const wanted = new Set<string>();
    const seen = collect(
      store.subscribeAll(start, { signal: new AbortController().signal }),
      (events) => events.length >= 600,
    );
    await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const events = newEvents(2);
        for (const { id } of events) wanted.add(id);
        await writers[index % 3]!.append(newStream(), 'no stream', events);
      }),
    );
    const ids = idsOf(await seen);
    expect(ids).toHaveLength(600);
    expect(new Set(ids)).toEqual(wanted);
    await Promise.all(writers.map((writer) => writer.close()));
  });

  it('never waits in a circle with other writers of the same streams', async () => {
    const others = await Promise.all([open(), open()]);
    const fresh = Array.from({ length: 20 }, () => newStream());
    const known = Array.from({ length: 20 }, () => newStream());
    const heads = await Promise.all(
      known.map((one) => store.append(one, 'no stream', newEvents(1))),
    );
    const race = (streams: readonly string[], expected: (index: number) => ExpectedHead) =>
      Promise.allSettled(
        [store, ...others].flatMap((one, turn) => {
          const order = streams.map((stream, index) => ({ stream, index }));
          if (turn % 2 === 1) order.reverse();
          return order.map(({ stream, index }) =>
            one.append(stream, expected(index), newEvents(2)),
          );
        }),
      );
    const rounds = [
      await race(known, (index) => heads[index]!),
      await race(fresh, () => 'no stream'),
    ];
    for (const outcomes of rounds) {
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(20);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(WrongRevision);
      }
    }
    await Promise.all(others.map((other) => other.close()));
    // They would be tried again and so pass unseen, a second later.
    const { rows } = await database.query(
      'select deadlocks::integer from pg_stat_database where datname = current_database()',
    );
    expect(rows).toEqual([{ deadlocks: 0 }]);
  });

  it('fails only the read that Postgres can not take, not those that share its query', async () => {
    const streams = Array.from({ length: 5 }, newStream);
    await Promise.all(streams.map((stream) => store.append(stream, 'no stream', newEvents(2))));
    const unreadable = expect(store.readStream('a\0b')).rejects.toThrow(StoreUnavailable);
    const read = await Promise.all(streams.map((stream) => store.readStream(stream)));
    expect(read.map(({ length }) => length)).toEqual([2, 2, 2, 2, 2]);
    await unreadable;
  });

  it('fails only the batch whose event id stands elsewhere in the log', async () => {
    const used = newEvent();
    await store.append(newStream(), 'no stream', [used]);
    const good = Array.from({ length: 5 }, () =>
      store.append(newStream(), 'no stream', newEvents(2)),
    );
    const wrong = newStream();
    await expect(store.append(wrong, 'no stream', [newEvent(), used])).rejects.toThrow(
      InvalidBatch,
    );
    expect((await Promise.all(good)).map(({ revision }) => revision)).toEqual([1, 1, 1, 1, 1]);
    expect(await store.readStream(wrong)).toEqual([]);
  });

  it('decides several appends of one stream that arrive together, one after the other', async () => {
    const stream = newStream();
    const first = newEvents(1);
    const lost = store.append(stream, { revision: 4, hash: 'f'.repeat(64) }, newEvents(1));
    const won = store.append(stream, 'no stream', first);
    await expect(lost).rejects.toMatchObject({ actual: 'no stream' });
    expect(await won).toMatchObject({ revision: 0 });
  });

  it('takes the same ids with other content for another batch', async () => {
    const stream = newStream();
    const event = newEvent({ amount: '1.00' });
    await store.append(stream, 'no stream', [event]);
    const other = { ...event, data: { amount: '2.00' } };
    await expect(store.append(stream, 'no stream', [other])).rejects.toThrow(WrongRevision);
  });

  it('writes on once a database that took no writes takes them again', async () => {
    const name = new URL(database.url).pathname.slice(1);
    const writer = await open();
    await database.query(`alter database ${name} set default_transaction_read_only = on`);
    const [stream, events] = [newStream(), newEvents(1)];
    await expect(writer.append(stream, 'no stream', events)).rejects.toThrow(StoreUnavailable);
    await database.query(
      `begin read write; alter database ${name} reset default_transaction_read_only; commit`,
    );
    expect(await writer.append(stream, 'no stream', events)).toMatchObject({ revision: 0 });
    await writer.close();
  });

  it('says OutcomeUnknown when the answer does not come in time, and recovers', async () => {
    const hasty = await open({ ackTimeoutMs: 300 });
    const stream = newStream();
    const head = await hasty.append(stream, 'no stream', newEvents(1));
    const blocker = new pg.Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('begin');
    // Another writer that never comes to its end holds the next place of the stream.
    await blocker.query(
      `insert into event_store.events
       select pg_current_xact_id()::text::bigint, 1, stream, 1, $2, type, version, data, metadata
       from event_store.events where stream = $1`,
      [stream, randomUUID()],
    );
    const batch = newEvents(1);
    const error = await hasty.append(stream, head, batch).catch((reason: unknown) => reason);
    // The server's own time-out may come first, and then it is sure that nothing was stored.
    expect(error instanceof OutcomeUnknown || error instanceof StoreUnavailable).toBe(true);
    await blocker.query('rollback');
    await blocker.end();
    const result = await eventually(() => hasty.append(stream, head, batch));
    expect(result.revision).toBe(1);
    await hasty.close();
  });

  it('refuses at once what is more than may wait', async () => {
    const busy = await open();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10_050 }, () => busy.append(newStream(), 'no stream', newEvents(1))),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(50);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(StoreUnavailable);
    await busy.close();
  }, 60_000);

  it('lets a page hold no more than a few megabytes', async () => {
    const start = await store.head();
    let head = await store.append(newStream('large'), 'no stream', newEvents(1));
    const stream = newStream('large');
    head = await store.append(stream, 'no stream', newEvents(1));
    for (let index = 0; index < 12; index++) {
      head = await store.append(stream, head, [newEvent({ text: 'x'.repeat(900_000) })]);
    }
    await eventually(async () => expect(await store.head()).toBe(head.position));
    for (const filter of [{}, { streamPrefixes: ['large-'] }]) {
      const sizes: number[] = [];
      for (let position = start, atEnd = false; !atEnd;) {
        const page = await store.readAll(position, 100, filter);
        ({ position, atEnd } = page);
        sizes.push(page.events.length);
      }
      expect(sizes).toEqual([7, 5, 2]);
    }
  });

  describe('identity', () => {
    afterEach(async () => {
      await database.query('update event_store.log set identity = event_store.cluster_identity()');
    });

    it('refuses a log that was made in another cluster, until it is adopted', async () => {
      const before = await store.logId();
      await database.query(`update event_store.log set identity = '1/1'`);
      await expect(open()).rejects.toThrow(LogIdentityMismatch);
      await expect(open()).rejects.toThrow(/DATABASE_URL.*`tillstream doctor --adopt`/);
      const pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
      const id = await adoptLog(pool);
      await pool.end();
      expect(id).not.toBe(before);
      const adopted = await open();
      expect(await adopted.logId()).toBe(id);
      await adopted.close();
    });

    it('takes a cluster that does not tell its identifier by its database alone', async () => {
      await database.query(
        `update event_store.log set identity = '?/' || split_part(identity, '/', 2)`,
      );
      await (await open()).close();
      await database.query(`update event_store.log set identity = '?/1'`);
      await expect(open()).rejects.toThrow(LogIdentityMismatch);
    });

    it('refuses a cluster that counts from below, and once adopted adds behind what is there', async () => {
      const other = await createTestDatabase();
      try {
        const url = { databaseUrl: other.url, migrate: 'apply' as const };
        const first = await openPostgresEventStore(url);
        await first.append(newStream(), 'no stream', newEvents(2));
        await first.close();
        await other.query('update event_store.events set transaction = transaction + 1000000000');
        await expect(openPostgresEventStore(url)).rejects.toThrow(/counts its transactions/);
        const pool = openPool({ databaseUrl: other.url, applicationName: 'spec' });
        await adoptLog(pool);
        await pool.end();
        const adopted = await openPostgresEventStore(url);
        const { position } = await adopted.append(newStream(), 'no stream', newEvents(1));
        const { events } = await eventually(async () => {
          const page = await adopted.readAll(LOG_START, 10);
          expect(page.events).toHaveLength(3);
          return page;
        });
        expect(events.at(-1)?.position).toBe(position);
        await adopted.close();
      } finally {
        await other.dispose();
      }
    }, 60_000);
  });

  describe('opening', () => {
    it('refuses an old schema when it may not migrate, and opens once it is there', async () => {
      const other = await createTestDatabase();
      try {
        const url = { databaseUrl: other.url };
        const opening = openPostgresEventStore({ ...url, migrate: 'check' });
        await expect(opening).rejects.toThrow(SchemaOutdated);
        const both = [1, 2].map(() => openPostgresEventStore({ ...url, migrate: 'apply' }));
        for (const one of await Promise.all(both)) await one.close();
        await (await openPostgresEventStore({ ...url, migrate: 'check' })).close();
      } finally {
        await other.dispose();
      }
    }, 60_000);

    it('refuses an unreachable server with a sentence that has no secret', async () => {
      const opening = openPostgresEventStore({ databaseUrl: NOWHERE, migrate: 'apply' });
      const error: unknown = await opening.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DatabaseUnusable);
      expect(String(error)).toContain('DATABASE_URL');
      expect(String(error)).not.toContain(SECRET);
    });
  });

  it('answers StoreUnavailable while its server is away', async () => {
    const lonely = await createTestDatabase();
    const orphan = await openPostgresEventStore({ databaseUrl: lonely.url, migrate: 'apply' });
    await lonely.dispose();
    await eventually(async () => {
      const append = orphan.append(newStream(), 'no stream', newEvents(1));
      await expect(append).rejects.toThrow(StoreUnavailable);
    });
    await expect(orphan.readAll(LOG_START, 1)).rejects.toThrow(StoreUnavailable);
    await orphan.close();
  }, 60_000);
});
