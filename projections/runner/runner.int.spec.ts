import { jest } from '@jest/globals';
import type pg from 'pg';
import { openPool } from '../../libs/platform/postgres.js';
import { eventually } from '../../libs/testing/eventually.js';
import { ProjectionHouse, registered } from '../../libs/testing/projection-house.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { PROJECTIONS } from '../registry.js';
import { claimVersion, liveVersion } from './catalog.js';
import { acquireLease, tryLease } from './lease.js';
import type { Projection, Statement } from './projection.js';
import { listDelays, listProjections, ProjectionWaits } from './query.js';
import { holdStill } from './switch-versions.js';
import { VersionWriter, WriteRefused } from './version-writer.js';

jest.setTimeout(60_000);

describe('projection runner on Postgres', () => {
  let database: TestDatabase;
  let house: ProjectionHouse;
  const history = registered('payment-history');

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  beforeEach(async () => {
    house = await ProjectionHouse.open(database);
  });

  afterEach(() => house.close());
  afterAll(() => database.dispose());

  /** A writer whose lease is over as soon as it stands: as after a long sleep. */
  async function writerOf(projection: Projection, extra: { pool?: pg.Pool } = {}) {
    const lease = await acquireLease(
      house.pool,
      { name: projection.name, holder: 'writer' },
      AbortSignal.timeout(5_000),
    );
    const version = await house.liveOf(projection);
    const claimed = await claimVersion(house.pool, projection.name, {
      version,
      token: lease.token,
    });
    const position = claimed?.position ?? '';
    await lease.release();
    return new VersionWriter({
      pool: house.pool,
      store: house.store,
      projection,
      version,
      token: lease.token,
      position,
      ...extra,
    });
  }

  it('follows the log with every read model, and says where each stands', async () => {
    await house.log.appendMany(0, 40);
    for (const projection of PROJECTIONS) house.follow(projection);
    await house.log.appendMany(40, 10);
    for (const projection of PROJECTIONS) await house.caughtUp(projection.name);

    expect(await house.listed({ tenant: null })).toHaveLength(50);
    const statuses = await listProjections(house);
    expect(statuses.map(({ name, state, lag_events }) => [name, state, lag_events])).toEqual([
      ['audit-trail', 'live', 0],
      ['customer-statements', 'live', 0],
      ['payment-history', 'live', 0],
      ['reviews', 'live', 0],
      ['risk-velocity', 'live', 0],
    ]);
  });

  it('counts what is behind one place once, and nothing for the delay alone', async () => {
    await house.log.appendMany(0, 2);
    for (const projection of PROJECTIONS) await writerOf(projection);
    const counted = jest.spyOn(house.store, 'countAfter');

    const delays = await listDelays(house);
    expect(delays.map(({ name }) => name)).toEqual(PROJECTIONS.map(({ name }) => name).toSorted());
    for (const { lag_seconds: lag } of delays) expect(lag).toBeGreaterThan(0);
    expect(counted).not.toHaveBeenCalled();

    const statuses = await listProjections(house);
    const events = await house.store.countAfter('0'.repeat(32), 1000);
    expect(statuses.map(({ lag_events: lag }) => lag)).toEqual(PROJECTIONS.map(() => events));
    expect(counted).toHaveBeenCalledTimes(2); // one is ours
    counted.mockRestore();
  });

  it('says how far behind a read model is when it does not come in time', async () => {
    await house.log.appendMany(0, 2);
    const position = await house.store.head();
    const wanted = { position, maxWaitMs: 20 };
    expect(await new ProjectionWaits(house).waitFor('payment-history', wanted)).toEqual({
      kind: 'behind',
      lagEvents: await house.store.countAfter('0'.repeat(32), 1000),
    });
  });

  it.each(PROJECTIONS.map((projection) => [projection.name, projection] as const))(
    '%s: written again from the start, the same log changes nothing (I-27)',
    async (_name, projection) => {
      await house.log.appendMany(0, 30);
      const first = await writerOf(projection);
      const page = await house.store.readAll('0'.repeat(32), 1000);
      await first.write(page.events, page.position);
      const before = await house.rowsOf(projection, 1);
      await house.pool.query(`update projection_versions set position = $1`, ['0'.repeat(32)]);
      const again = await writerOf(projection);
      // Only a part of it: an older row must not take the place of a newer one.
      const part = page.events.slice(0, 50);
      await again.write(part, part.at(-1)!.position);
      expect(await house.rowsOf(projection, 1)).toEqual(before);
    },
  );

  it('where a row can not be written, neither rows nor checkpoint are (I-27)', async () => {
    await house.log.appendMany(0, 10);
    const page = await house.store.readAll('0'.repeat(32), 1000);
    const open: Projection['open'] = (version, streams) => {
      const projector = history.open(version, streams);
      return {
        forget: () => projector.forget(),
        statements: async (events) => [...(await projector.statements(events)), IMPOSSIBLE],
      };
    };
    const writer = await writerOf({ ...history, open });
    await expect(writer.write(page.events, page.position)).rejects.toThrow(/null value/);
    expect((await liveVersion(house.pool, history.name))?.position).toBe('0'.repeat(32));
    expect(await house.rowsOf(history, 1)).toEqual([[]]);
  });

  it('holds no transaction open between its statements', async () => {
    await house.log.appendMany(0, 10);
    const page = await house.store.readAll('0'.repeat(32), 1000);
    const sent: unknown[] = [];
    const watched = Object.create(house.pool, {
      connect: { value: () => Promise.reject(new Error('a connection of its own')) },
      query: {
        value: (config: pg.QueryConfig) => (sent.push(config.text), house.pool.query(config)),
      },
    }) as pg.Pool; // reason: a pool but for what is watched
    await (await writerOf(history, { pool: watched })).write(page.events, page.position);
    expect(sent).toHaveLength(1);
  });

  it('a holder that slept longer than its lease writes nothing after waking (I-21)', async () => {
    await house.log.appendMany(0, 10);
    const page = await house.store.readAll('0'.repeat(32), 1000);
    const sleeper = await writerOf(history);
    const next = await writerOf(history);
    await next.write(page.events.slice(0, 3), page.events[2]!.position);
    await expect(sleeper.write(page.events, page.position)).rejects.toThrow(WriteRefused);
    expect((await liveVersion(house.pool, history.name))?.position).toBe(page.events[2]!.position);
  });

  it('a version that is held still is not written until it is released', async () => {
    await house.log.appendMany(0, 2);
    const page = await house.store.readAll('0'.repeat(32), 1000);
    const writer = await writerOf(history);
    const still = await holdStill(house.pool, history.name);
    await expect(writer.write(page.events, page.position)).rejects.toThrow(WriteRefused);
    expect(await house.rowsOf(history, 1)).toEqual([[]]);
    await still.release();
    await writer.write(page.events, page.position);
    expect((await house.rowsOf(history, 1))[0]).toHaveLength(2);
  });

  it('a second instance takes over when the first one is gone', async () => {
    const first = house.follow(history, { holder: 'first', ttlMs: 800 });
    await house.log.appendMany(0, 5);
    await house.caughtUp(history.name);
    house.follow(history, { holder: 'second', ttlMs: 800 });
    expect(await tryLease(house.pool, { name: history.name, holder: 'third' })).toBeNull();
    first.end.abort();
    await house.log.appendMany(5, 5);
    await house.caughtUp(history.name);
    const { rows } = await house.pool.query('select holder from projection_leases');
    expect(rows).toEqual([{ holder: 'second' }]);
  });

  it('a lease is free at once after the clock was set back (I-33)', async () => {
    const first = await tryLease(house.pool, { name: history.name, holder: 'first' });
    await first?.release();
    await house.pool.query(
      `update projection_leases
          set renewed_at = renewed_at + interval '1 hour', expires_at = expires_at + interval '1 hour'`,
    );

    const second = await tryLease(house.pool, { name: history.name, holder: 'second' });

    expect(BigInt(second?.token ?? 0)).toBeGreaterThan(BigInt(first?.token ?? 0));
    expect(first?.clockSetBackS).toBe(0);
    expect(second?.clockSetBackS).toBeCloseTo(3_600, -2);
    await second?.release();
  });

  it("a lease stays its holder's while the clock is back before the server's start (I-33)", async () => {
    await database.query(`create schema later`);
    await database.query(
      `create function later.pg_postmaster_start_time() returns timestamptz language sql
         as $$ select now() + interval '1 hour' $$`,
    );
    const settings = { search_path: 'later,pg_catalog,public' };
    const pool = openPool({ databaseUrl: database.url, applicationName: 'spec', settings });
    try {
      const first = await tryLease(pool, { name: history.name, holder: 'first' });
      expect(await tryLease(pool, { name: history.name, holder: 'second' })).toBeNull();
      await first?.release();
    } finally {
      await pool.end();
      await database.query('drop schema later cascade');
    }
  });

  it('goes on after the database was away', async () => {
    house.follow(history);
    await house.log.appendMany(0, 5);
    await house.caughtUp(history.name);
    await database.restart();
    await house.log.appendMany(5, 5);
    await eventually(() => house.caughtUp(history.name));
    const [rows] = await house.rowsOf(history, 1);
    expect(rows).toHaveLength(10);
  });
});

/** Names are never null. */
const IMPOSSIBLE: Statement = {
  name: 'impossible',
  text: 'insert into projections (name, active_version, versions_made) values (null, 1, 1)',
  values: [],
};
