import { jest } from '@jest/globals';
import { InMemoryEventStore } from '../../libs/event-store/in-memory/in-memory-event-store.js';
import { eventually } from '../../libs/testing/eventually.js';
import { ProjectionHouse, registered } from '../../libs/testing/projection-house.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { listAudit } from '../audit-trail/query.js';
import { PROJECTIONS } from '../registry.js';
import { ForeignLog, versionsOf } from './catalog.js';
import type { Projection } from './projection.js';
import { rebuildProjection, type RebuildOptions } from './rebuild.js';

jest.setTimeout(60_000);

describe('rebuilding a read model', () => {
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

  function rebuild(projection: Projection, extra: Partial<RebuildOptions> = {}) {
    return rebuildProjection({
      pool: house.pool,
      store: house.store,
      projection,
      holder: 'rebuilder',
      signal: new AbortController().signal,
      acceptDifferences: false,
      ...extra,
    });
  }

  async function statesOf({ name }: Projection) {
    return (await versionsOf(house.pool, name)).map(({ state }) => state);
  }

  it.each(PROJECTIONS.map((projection) => [projection.name, projection] as const))(
    '%s: a rebuild under load, with another batch size, equals the live version (I-28, I-29)',
    async (_name, projection) => {
      house.follow(projection);
      await house.log.appendMany(0, 100);
      await house.caughtUp(projection.name);
      const load = house.log.appendMany(100, 200);
      const result = await rebuild(projection, { batchMax: 7 });
      await load;
      expect(result).toMatchObject({ outcome: 'switched', version: 2, differences: [] });
      await house.caughtUp(projection.name);
      expect(await house.liveOf(projection)).toBe(2);
      expect(await statesOf(projection)).toEqual(['retired', 'live']);
      const second = await rebuild(projection);
      expect(second).toMatchObject({ outcome: 'switched', version: 3 });
      expect(await house.rowsOf(projection, 3)).toEqual(await house.rowsOf(projection, 2));
    },
  );

  it('a rebuild that was cut off is taken up where it stopped (I-28)', async () => {
    house.follow(history);
    await house.log.appendMany(0, 600); // more events than one page of a rebuild
    await house.caughtUp(history.name);
    const cutOff = new AbortController();
    const cut = rebuild(history, {
      batchMax: 20,
      signal: cutOff.signal,
      onProgress: ({ eventsDone }) => eventsDone > 0 && cutOff.abort(new Error('killed')),
    });
    await expect(cut).rejects.toThrow('killed');
    expect(await statesOf(history)).toEqual(['live', 'building']);
    expect(await house.liveOf(history)).toBe(1);
    const done: number[] = [];
    const result = await rebuild(history, { onProgress: (p) => done.push(p.eventsDone) });
    expect(done[0]).toBeGreaterThan(0);
    expect(done[0]).toBeLessThan(done.at(-1) ?? 0);
    expect(result).toMatchObject({ outcome: 'switched', version: 2 });
    expect(await house.rowsOf(history, 2)).toEqual(await house.rowsOf(history, 1));
  });

  it('keeps the old version and says what differs when the comparison fails', async () => {
    house.follow(history);
    await house.log.appendMany(0, 10);
    await house.caughtUp(history.name);
    await house.pool.query(
      `update payment_history_v1 set amount_captured = 1 where id = 'pay_00000001'`,
    );
    const refused = await rebuild(history);
    expect(refused.outcome).toBe('refused');
    expect(refused.differences).toMatchObject([
      { what: 'column', column: 'amount_captured', examples: ['pay_00000001'] },
    ]);
    expect(await house.liveOf(history)).toBe(1);
    await house.log.appendMany(10, 1);
    await house.caughtUp(history.name); // the live one goes on
    const accepted = await rebuild(history, { acceptDifferences: true });
    expect(accepted).toMatchObject({ outcome: 'switched', version: 2 });
    expect(await house.liveOf(history)).toBe(2);
  });

  it('readers never notice the switch (I-29)', async () => {
    for (const projection of PROJECTIONS) house.follow(projection);
    await house.log.appendMany(0, 50);
    for (const projection of PROJECTIONS) await house.caughtUp(projection.name);
    const end = new AbortController();
    let reads = 0;
    const reader = async () => {
      while (!end.signal.aborted) {
        const limit = { limit: 100, cursor: null };
        const payments = await house.listed({ tenant: 'mer_0' });
        const audit = await listAudit(
          house.pool,
          { tenant: null, paymentId: 'pay_00000001' },
          limit,
        );
        expect([payments.length, audit.data.length]).toEqual([25, 3]);
        reads += 1;
      }
    };
    const readers = [reader(), reader(), reader(), reader()];
    for (let round = 0; round < 4; round += 1) {
      await rebuild(history);
      await rebuild(registered('audit-trail'));
    }
    end.abort();
    await Promise.all(readers);
    expect(reads).toBeGreaterThan(8);
    expect(await house.liveOf(history)).toBe(5);
  });

  it('readers are planned for by what the new version holds', async () => {
    const audit = registered('audit-trail');
    house.follow(audit);
    await house.log.appendMany(0, 50);
    await house.caughtUp(audit.name);
    await rebuild(audit);
    const { rows } = await house.pool.query<{ table: string }>(
      `select distinct tablename as table from pg_stats where tablename = any($1) order by tablename`,
      [audit.tables.map((table) => `${table}_v2`)],
    );
    expect(rows.map(({ table }) => table)).toEqual(['audit_times_v2', 'audit_trail_v2']);
  });

  it('a changed schema version is built anew at the start', async () => {
    const first = house.follow(history);
    await house.log.appendMany(0, 10);
    await house.caughtUp(history.name);
    first.end.abort();
    await first.done;
    // One more column, and one of another type.
    const schema = history.schema
      .replace('-- the payment as lists', 'note text,\n-- the payment')
      .replace('amount numeric', 'amount money');
    house.follow({ ...history, schemaVersion: history.schemaVersion + 1, schema });
    await eventually(async () => expect(await house.liveOf(history)).toBe(2));
    await house.log.appendMany(10, 5);
    await house.caughtUp(history.name);
    expect(await house.listed({ tenant: null })).toHaveLength(15);
  });

  it('a changed schema version is built beside a live one that an older release keeps up to date (I-29)', async () => {
    house.follow(history, { holder: 'older' });
    await house.log.appendMany(0, 10);
    await house.caughtUp(history.name);
    const store = new InMemoryEventStore();
    let build: () => void = () => undefined;
    const mayBuild = new Promise<void>((resolve) => (build = resolve));
    jest.spyOn(store, 'logId').mockImplementation(() => house.store.logId());
    jest
      .spyOn(store, 'subscribeAll')
      .mockImplementation((...args) => house.store.subscribeAll(...args));
    jest.spyOn(store, 'readAll').mockImplementation(async (...args) => {
      await mayBuild;
      return house.store.readAll(...args);
    });
    const newer = { ...history, schemaVersion: history.schemaVersion + 1 };
    // Two of them, as they are rolled: one builds.
    for (const holder of ['newer', 'another']) house.follow(newer, { holder, store });
    await eventually(async () => expect(await statesOf(history)).toEqual(['live', 'building']));
    await house.log.appendMany(10, 5);
    await house.caughtUp(history.name);
    expect(await house.liveOf(history)).toBe(1);
    build();
    await eventually(async () => expect(await house.liveOf(history)).toBe(2));
    await house.log.appendMany(15, 5);
    await house.caughtUp(history.name);
    expect(await house.listed({ tenant: null })).toHaveLength(20);
    expect(await statesOf(history)).toEqual(['retired', 'live']);
  });

  it('what a newer release built is built back by the older one once that is given up', async () => {
    const newer = house.follow({ ...history, schemaVersion: history.schemaVersion + 1 });
    await house.log.appendMany(0, 10);
    await eventually(async () => expect(await house.liveOf(history)).toBe(2));
    await house.caughtUp(history.name);
    newer.end.abort();
    await newer.done;
    house.follow(history, { holder: 'older' });
    expect(await rebuild(history)).toMatchObject({ outcome: 'switched', version: 3 });
    await house.log.appendMany(10, 5);
    await house.caughtUp(history.name);
    expect(await house.listed({ tenant: null })).toHaveLength(15);
  });

  it('refuses a log that is not the one of the checkpoints', async () => {
    const other = new InMemoryEventStore();
    const foreign = rebuild(history, { store: other });
    await expect(foreign).rejects.toThrow(ForeignLog);
    await expect(foreign).rejects.toThrow(/EVENTSTORE_URL/);
  });
});
