import { jest } from '@jest/globals';
import type pg from 'pg';
import { InMemoryEventStore } from '../../libs/event-store/in-memory/in-memory-event-store.js';
import { createLogger } from '../../libs/platform/logging.js';
import { migrate } from '../../libs/platform/migrations.js';
import { openPool } from '../../libs/platform/postgres.js';
import { eventually } from '../../libs/testing/eventually.js';
import { PaymentLog } from '../../libs/testing/payment-log.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { listAudit } from '../audit-trail/query.js';
import { PaymentLists, type PaymentFilter } from '../payment-history/query.js';
import { PROJECTIONS, projectionNamed } from '../registry.js';
import {
  claimVersion,
  ensureFirstVersion,
  ForeignLog,
  liveVersion,
  versionsOf,
} from './catalog.js';
import { followLog } from './follower.js';
import { acquireLease, tryLease } from './lease.js';
import type { Projection, Statement } from './projection.js';
import { PROJECTION_MIGRATIONS } from './projections.migrations.js';
import { listDelays, listProjections, waitForProjection } from './query.js';
import { rebuildProjection, type RebuildOptions } from './rebuild.js';
import { holdStill } from './switch-versions.js';
import { VersionWriter, WriteRefused } from './version-writer.js';

jest.setTimeout(60_000);

describe('projection runner on Postgres', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let store: InMemoryEventStore;
  let log: PaymentLog;
  let running: { end: AbortController; done: Promise<void> }[] = [];
  const history = named('payment-history');

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(async () => {
    await database.dispose();
  });

  beforeEach(async () => {
    await database.query('drop schema public cascade; create schema public');
    pool = openPool({ databaseUrl: database.url, applicationName: 'spec', max: 20 });
    await migrate(pool, {
      set: 'projections',
      migrations: PROJECTION_MIGRATIONS,
      mode: 'apply',
    });
    store = new InMemoryEventStore();
    log = new PaymentLog(store);
    for (const projection of PROJECTIONS) {
      await ensureFirstVersion(pool, projection, await store.logId());
    }
  });

  afterEach(async () => {
    for (const { end } of running) end.abort();
    await Promise.all(running.map(({ done }) => done));
    running = [];
    await pool.end();
  });

  function follow(projection: Projection, options: { holder?: string; ttlMs?: number } = {}) {
    const end = new AbortController();
    const done = followLog({
      pool,
      store,
      projection,
      holder: options.holder ?? 'spec',
      logger: createLogger('spec', { level: 'silent' }),
      signal: end.signal,
      ...(options.ttlMs === undefined ? {} : { leaseTtlMs: options.ttlMs }),
    });
    const follower = { end, done };
    running.push(follower);
    return follower;
  }

  async function caughtUp(name: string): Promise<void> {
    const position = await store.head();
    const fresh = await waitForProjection({ pool, store }, name, { position, maxWaitMs: 15_000 });
    expect(fresh).toEqual({ kind: 'ok' });
  }

  /** Every row of every table of a version, as text in a stable order. */
  async function rowsOf(projection: Projection, version: number): Promise<unknown[]> {
    const tables = projection.tables.map(async (table) => {
      const { rows } = await pool.query<{ row: string }>(
        `select t::text as row from ${table}_v${version} t order by 1`,
      );
      return rows.map(({ row }) => row);
    });
    return Promise.all(tables);
  }

  async function liveOf(projection: Projection): Promise<number> {
    return (await liveVersion(pool, projection.name))?.version ?? 0;
  }

  /** A writer whose lease is over as soon as it stands: as after a long sleep. */
  async function writerOf(projection: Projection, extra: { pool?: pg.Pool } = {}) {
    const lease = await acquireLease(
      pool,
      { name: projection.name, holder: 'writer' },
      AbortSignal.timeout(5_000),
    );
    const version = await liveOf(projection);
    const claimed = await claimVersion(pool, projection.name, { version, token: lease.token });
    const position = claimed?.position ?? '';
    await lease.release();
    return new VersionWriter({
      pool,
      store,
      projection,
      version,
      token: lease.token,
      position,
      ...extra,
    });
  }

  function rebuild(projection: Projection, extra: Partial<RebuildOptions> = {}) {
    return rebuildProjection({
      pool,
      store,
      projection,
      holder: 'rebuilder',
      signal: new AbortController().signal,
      acceptDifferences: false,
      ...extra,
    });
  }

  async function listed(filter: PaymentFilter): Promise<readonly unknown[]> {
    const { items } = await new PaymentLists(pool).list(filter, { limit: 100, cursor: null });
    return JSON.parse(`[${items}]`) as unknown[]; // reason: an array, whatever it holds
  }

  it('follows the log with every read model, and says where each stands', async () => {
    await log.appendMany(0, 40);
    for (const projection of PROJECTIONS) follow(projection);
    await log.appendMany(40, 10);
    for (const projection of PROJECTIONS) await caughtUp(projection.name);

    expect(await listed({ tenant: null })).toHaveLength(50);
    const statuses = await listProjections({ pool, store });
    expect(statuses.map(({ name, state, lag_events }) => [name, state, lag_events])).toEqual([
      ['audit-trail', 'live', 0],
      ['customer-statements', 'live', 0],
      ['payment-history', 'live', 0],
      ['reviews', 'live', 0],
      ['risk-velocity', 'live', 0],
    ]);
  });

  it('counts what is behind one place once, and nothing for the delay alone', async () => {
    await log.appendMany(0, 2);
    for (const projection of PROJECTIONS) await writerOf(projection);
    const counted = jest.spyOn(store, 'countAfter');

    const delays = await listDelays({ pool, store });
    expect(delays.map(({ name }) => name)).toEqual(PROJECTIONS.map(({ name }) => name).toSorted());
    for (const { lag_seconds: lag } of delays) expect(lag).toBeGreaterThan(0);
    expect(counted).not.toHaveBeenCalled();

    const statuses = await listProjections({ pool, store });
    const events = await store.countAfter('0'.repeat(32), 1000);
    expect(statuses.map(({ lag_events: lag }) => lag)).toEqual(PROJECTIONS.map(() => events));
    expect(counted).toHaveBeenCalledTimes(2); // one is ours
    counted.mockRestore();
  });

  it('says how far behind a read model is when it does not come in time', async () => {
    await log.appendMany(0, 2);
    const position = await store.head();
    const wanted = { position, maxWaitMs: 20 };
    expect(await waitForProjection({ pool, store }, 'payment-history', wanted)).toEqual({
      kind: 'behind',
      lagEvents: await store.countAfter('0'.repeat(32), 1000),
    });
  });

  it.each(PROJECTIONS.map((projection) => [projection.name, projection] as const))(
    '%s: written again from the start, the same log changes nothing (I-27)',
    async (_name, projection) => {
      await log.appendMany(0, 30);
      const first = await writerOf(projection);
      const page = await store.readAll('0'.repeat(32), 1000);
      await first.write(page.events, page.position);
      const before = await rowsOf(projection, 1);
      await pool.query(`update projection_versions set position = $1`, ['0'.repeat(32)]);
      const again = await writerOf(projection);
      // Only a part of it: an older row must not take the place of a newer one.
      const part = page.events.slice(0, 50);
      await again.write(part, part.at(-1)!.position);
      expect(await rowsOf(projection, 1)).toEqual(before);
    },
  );

  it('where a row can not be written, neither rows nor checkpoint are (I-27)', async () => {
    await log.appendMany(0, 10);
    const page = await store.readAll('0'.repeat(32), 1000);
    const open: Projection['open'] = (version, streams) => {
      const projector = history.open(version, streams);
      return {
        forget: () => projector.forget(),
        statements: async (events) => [...(await projector.statements(events)), IMPOSSIBLE],
      };
    };
    const writer = await writerOf({ ...history, open });
    await expect(writer.write(page.events, page.position)).rejects.toThrow(/null value/);
    expect((await liveVersion(pool, history.name))?.position).toBe('0'.repeat(32));
    expect(await rowsOf(history, 1)).toEqual([[]]);
  });

  it('holds no transaction open between its statements', async () => {
    await log.appendMany(0, 10);
    const page = await store.readAll('0'.repeat(32), 1000);
    const sent: unknown[] = [];
    const watched = Object.create(pool, {
      connect: { value: () => Promise.reject(new Error('a connection of its own')) },
      query: { value: (config: pg.QueryConfig) => (sent.push(config.text), pool.query(config)) },
    }) as pg.Pool; // reason: a pool but for what is watched
    await (await writerOf(history, { pool: watched })).write(page.events, page.position);
    expect(sent).toHaveLength(1);
  });

  it('a holder that slept longer than its lease writes nothing after waking (I-21)', async () => {
    await log.appendMany(0, 10);
    const page = await store.readAll('0'.repeat(32), 1000);
    const sleeper = await writerOf(history);
    const next = await writerOf(history);
    await next.write(page.events.slice(0, 3), page.events[2]!.position);
    await expect(sleeper.write(page.events, page.position)).rejects.toThrow(WriteRefused);
    expect((await liveVersion(pool, history.name))?.position).toBe(page.events[2]!.position);
  });

  it('a version that is held still is not written until it is released', async () => {
    await log.appendMany(0, 2);
    const page = await store.readAll('0'.repeat(32), 1000);
    const writer = await writerOf(history);
    const still = await holdStill(pool, history.name);
    await expect(writer.write(page.events, page.position)).rejects.toThrow(WriteRefused);
    expect(await rowsOf(history, 1)).toEqual([[]]);
    await still.release();
    await writer.write(page.events, page.position);
    expect((await rowsOf(history, 1))[0]).toHaveLength(2);
  });

  it('a second instance takes over when the first one is gone', async () => {
    const first = follow(history, { holder: 'first', ttlMs: 800 });
    await log.appendMany(0, 5);
    await caughtUp(history.name);
    follow(history, { holder: 'second', ttlMs: 800 });
    expect(await tryLease(pool, { name: history.name, holder: 'third' })).toBeNull();
    first.end.abort();
    await log.appendMany(5, 5);
    await caughtUp(history.name);
    const { rows } = await pool.query('select holder from projection_leases');
    expect(rows).toEqual([{ holder: 'second' }]);
  });

  it('goes on after the database was away', async () => {
    follow(history);
    await log.appendMany(0, 5);
    await caughtUp(history.name);
    await database.restart();
    await log.appendMany(5, 5);
    await eventually(() => caughtUp(history.name));
    const [rows] = await rowsOf(history, 1);
    expect(rows).toHaveLength(10);
  });

  it.each(PROJECTIONS.map((projection) => [projection.name, projection] as const))(
    '%s: a rebuild under load, with another batch size, equals the live version (I-28, I-29)',
    async (_name, projection) => {
      follow(projection);
      await log.appendMany(0, 100);
      await caughtUp(projection.name);
      const load = log.appendMany(100, 200);
      const result = await rebuild(projection, { batchMax: 7 });
      await load;
      expect(result).toMatchObject({ outcome: 'switched', version: 2, differences: [] });
      await caughtUp(projection.name);
      expect(await liveOf(projection)).toBe(2);
      const versions = await versionsOf(pool, projection.name);
      expect(versions.map(({ state }) => state)).toEqual(['retired', 'live']);
      const second = await rebuild(projection);
      expect(second).toMatchObject({ outcome: 'switched', version: 3 });
      expect(await rowsOf(projection, 3)).toEqual(await rowsOf(projection, 2));
    },
  );

  it('a rebuild that was cut off is taken up where it stopped (I-28)', async () => {
    follow(history);
    await log.appendMany(0, 600); // more events than one page of a rebuild
    await caughtUp(history.name);
    const cutOff = new AbortController();
    const cut = rebuild(history, {
      batchMax: 20,
      signal: cutOff.signal,
      onProgress: ({ eventsDone }) => eventsDone > 0 && cutOff.abort(new Error('killed')),
    });
    await expect(cut).rejects.toThrow('killed');
    const versions = await versionsOf(pool, history.name);
    expect(versions.map(({ state }) => state)).toEqual(['live', 'building']);
    expect(await liveOf(history)).toBe(1);
    const done: number[] = [];
    const result = await rebuild(history, { onProgress: (p) => done.push(p.eventsDone) });
    expect(done[0]).toBeGreaterThan(0);
    expect(done[0]).toBeLessThan(done.at(-1) ?? 0);
    expect(result).toMatchObject({ outcome: 'switched', version: 2 });
    expect(await rowsOf(history, 2)).toEqual(await rowsOf(history, 1));
  });

  it('keeps the old version and says what differs when the comparison fails', async () => {
    follow(history);
    await log.appendMany(0, 10);
    await caughtUp(history.name);
    await pool.query(`update payment_history_v1 set amount_captured = 1 where id = 'pay_00000001'`);
    const refused = await rebuild(history);
    expect(refused.outcome).toBe('refused');
    expect(refused.differences).toMatchObject([
      { what: 'column', column: 'amount_captured', examples: ['pay_00000001'] },
    ]);
    expect(await liveOf(history)).toBe(1);
    await log.appendMany(10, 1);
    await caughtUp(history.name); // the live one goes on
    const accepted = await rebuild(history, { acceptDifferences: true });
    expect(accepted).toMatchObject({ outcome: 'switched', version: 2 });
    expect(await liveOf(history)).toBe(2);
  });

  it('readers never notice the switch (I-29)', async () => {
    for (const projection of PROJECTIONS) follow(projection);
    await log.appendMany(0, 50);
    for (const projection of PROJECTIONS) await caughtUp(projection.name);
    const end = new AbortController();
    let reads = 0;
    const reader = async () => {
      while (!end.signal.aborted) {
        const limit = { limit: 100, cursor: null };
        const payments = await listed({ tenant: 'mer_0' });
        const audit = await listAudit(pool, { tenant: null, paymentId: 'pay_00000001' }, limit);
        expect([payments.length, audit.data.length]).toEqual([25, 3]);
        reads += 1;
      }
    };
    const readers = [reader(), reader(), reader(), reader()];
    for (let round = 0; round < 4; round += 1) {
      await rebuild(history);
      await rebuild(named('audit-trail'));
    }
    end.abort();
    await Promise.all(readers);
    expect(reads).toBeGreaterThan(8);
    expect(await liveOf(history)).toBe(5);
  });

  it('a changed schema version is built anew at the start', async () => {
    const first = follow(history);
    await log.appendMany(0, 10);
    await caughtUp(history.name);
    first.end.abort();
    await first.done;
    // One more column, and one of another type.
    const schema = history.schema
      .replace('-- the payment as lists', 'note text,\n-- the payment')
      .replace('amount numeric', 'amount money');
    follow({ ...history, schemaVersion: history.schemaVersion + 1, schema });
    await eventually(async () => expect(await liveOf(history)).toBe(2));
    await log.appendMany(10, 5);
    await caughtUp(history.name);
    expect(await listed({ tenant: null })).toHaveLength(15);
  });

  it('refuses a log that is not the one of the checkpoints', async () => {
    const other = new InMemoryEventStore();
    const foreign = rebuild(history, { store: other });
    await expect(foreign).rejects.toThrow(ForeignLog);
    await expect(foreign).rejects.toThrow(/EVENTSTORE_URL/);
  });
});

/** Names are never null. */
const IMPOSSIBLE: Statement = {
  name: 'impossible',
  text: 'insert into projections (name, active_version, versions_made) values (null, 1, 1)',
  values: [],
};

function named(name: string): Projection {
  const projection = projectionNamed(name);
  if (projection === undefined) throw new Error(`no projection ${name}`);
  return projection;
}
