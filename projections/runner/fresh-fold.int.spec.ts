import type pg from 'pg';
import { LOG_START, type EventStore } from '../../libs/event-store/event-store.js';
import { openEventStore } from '../../libs/event-store/open-event-store.js';
import { migrate } from '../../libs/platform/migrations.js';
import { openPool } from '../../libs/platform/postgres.js';
import { PaymentLog } from '../../libs/testing/payment-log.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { PROJECTIONS } from '../registry.js';
import { ensureFirstVersion } from './catalog.js';
import { FreshFold } from './fresh-fold.js';
import { PROJECTION_MIGRATIONS } from './projections.migrations.js';
import { VersionWriter, WriteRefused } from './version-writer.js';

describe('a fresh fold beside read models that go on', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let store: EventStore;

  beforeAll(async () => {
    database = await createTestDatabase();
    store = await openEventStore({ databaseUrl: database.url, migrate: 'apply' });
    pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
    await migrate(pool, { set: 'projections', migrations: PROJECTION_MIGRATIONS, mode: 'apply' });
  });

  afterAll(async () => {
    await pool?.end();
    await store?.close();
    await database.dispose();
  });

  it('compares at one position while payments come in, and readers of the log go on', async () => {
    const log = new PaymentLog(store);
    const writers: VersionWriter[] = [];
    for (const projection of PROJECTIONS) {
      await ensureFirstVersion(pool, projection, await store.logId());
      const from = { version: 1, token: '0', position: LOG_START };
      writers.push(new VersionWriter({ pool, store, projection, ...from }));
    }
    await log.appendMany(0, 20);
    await Promise.all(writers.map(follow));
    const fold = await FreshFold.open({ pool, store }, PROJECTIONS);
    try {
      await fold.take((await store.readAll(LOG_START, 10)).events);
      let done = false;
      let rounds = 0;
      const traffic = (async () => {
        for (; !done; rounds += 1) {
          await log.appendMany(100 + rounds * 5, 5);
          await Promise.all(writers.map(follow));
        }
      })();
      const results = await fold.compare();
      done = true;
      await traffic;
      expect(rounds).toBeGreaterThan(0);
      expect(
        results.map(({ name, differences, fault, skipped }) => [name, differences, fault, skipped]),
      ).toEqual(PROJECTIONS.map(({ name }) => [name, [], null, null]));
      expect(results.every(({ name, rows }) => rows > 0 || name === 'reviews')).toBe(true);
    } finally {
      fold.close();
    }
    const { rows } = await pool.query(
      'select name from projection_versions where paused_until is not null',
    );
    expect(rows).toEqual([]);
  });

  it('finds the read models in another schema than public', async () => {
    await database.query('create schema house');
    const databaseUrl = `${database.url}?options=-c%20search_path%3Dhouse`;
    const there = openPool({ databaseUrl, applicationName: 'spec' });
    try {
      const migrations = PROJECTION_MIGRATIONS;
      await migrate(there, { set: 'projections', migrations, mode: 'apply' });
      for (const projection of PROJECTIONS) {
        await ensureFirstVersion(there, projection, await store.logId());
      }
      // The same names in public have rows.
      const fold = await FreshFold.open({ pool: there, store }, PROJECTIONS);
      const results = await fold.compare();
      fold.close();
      expect(results.map(({ name, skipped, rows }) => [name, skipped, rows])).toEqual(
        PROJECTIONS.map(({ name }) => [name, null, 0]),
      );
    } finally {
      await there.end();
    }
  });

  it('fails by itself alone where its server goes away while the log is read', async () => {
    const folding = await FreshFold.open({ pool, store }, PROJECTIONS);
    await database.restart();
    await expect(store.readAll(LOG_START, 10)).resolves.toMatchObject({ atEnd: false });
    await expect(folding.compare()).rejects.toThrow();
    folding.close();
  });

  /** Until the writer stands at the head; one that is held still tries again with the next events. */
  async function follow(writer: VersionWriter): Promise<void> {
    const page = await store.readAll(writer.position, 1_000);
    try {
      await writer.write(page.events, page.position);
    } catch (error) {
      if (!(error instanceof WriteRefused)) throw error;
    }
  }
});
