import type pg from 'pg';
import { LOG_START, type RecordedEvent } from '../../libs/event-store/event-store.js';
import { InMemoryEventStore } from '../../libs/event-store/in-memory/in-memory-event-store.js';
import { openPool } from '../../libs/platform/postgres.js';
import { initiated, PaymentLog } from '../../libs/testing/payment-log.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { PROJECTIONS } from '../registry.js';
import { compareVersions } from '../runner/compare-versions.js';
import { differingRows } from '../runner/differing-rows.js';
import { keptRows, type Projection } from '../runner/projection.js';

const DAYS = 80;
/** No rule looks back further than 30 days; a day more is kept. */
const KEPT_DAYS = 31;

describe('counts that no rule looks at any more', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let events: readonly RecordedEvent[];
  const projection = PROJECTIONS.find(({ name }) => name === 'risk-velocity') as Projection; // reason: it is there

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
    const store = new InMemoryEventStore();
    const log = new PaymentLog(store);
    for (let day = 0; day < DAYS; day++) {
      // Now and then one that comes late: clocks differ.
      const at = new Date(Date.UTC(2026, 0, day % 7 === 3 ? day - 2 : day, 12)).toISOString();
      const payment = { id: `pay_${day}`, customerId: `cus_${day % 5}`, at };
      await log.append(payment.id, [initiated(payment)], at);
    }
    ({ events } = await store.readAll(LOG_START, 1_000));
  });
  afterAll(async () => {
    await pool.end();
    await database.dispose();
  });

  async function build(version: number, batch: number): Promise<void> {
    await pool.query(projection.schema.replaceAll('_vN', `_v${version}`));
    const projector = projection.open(version, () => Promise.resolve([]));
    for (let from = 0; from < events.length; from += batch) {
      const statements = await projector.statements(events.slice(from, from + batch));
      for (const { text, values } of statements) await pool.query(text, [...values]);
    }
  }

  async function minutes(version: number): Promise<readonly Date[]> {
    const { rows } = await pool.query<{ minute: Date }>(
      `select distinct minute from risk_velocity_v${version} order by 1`,
    );
    return rows.map(({ minute }) => minute);
  }

  it('are taken out bit by bit, and all others stay', async () => {
    await build(1, 5);
    const left = await minutes(1);
    const newest = left.at(-1) ?? new Date(0);
    const since = newest.getTime() - KEPT_DAYS * 86_400_000;
    expect(left.filter((minute) => minute.getTime() < since)).toEqual([]);
    const all = new Set(
      events.map(({ metadata }) => Date.parse(metadata.at)).filter((at) => at >= since),
    );
    expect(left.map((minute) => minute.getTime())).toEqual([...all].sort((a, b) => a - b));
  });

  it('are no difference between versions that were built in other batches', async () => {
    await build(2, 1);
    // All in one batch: nothing was there to be taken out, and what is old was not written.
    await build(3, 1_000);
    await pool.query(
      `insert into risk_velocity_v3 select dimension, key, minute - interval '60 days', currency, attempts, amount, position
         from risk_velocity_v3`,
    );
    for (const next of [2, 3]) {
      expect(await compareVersions(pool, projection, { live: 1, next })).toEqual([]);
      expect(await compared(next)).toEqual([]);
    }
  });

  it('hide no difference in those that count', async () => {
    await pool.query(
      `update risk_velocity_v3 set attempts = attempts + 1 where minute = (select min(minute) from ${keptRows(projection, 'risk_velocity', 3)})`,
    );
    const differences = await compareVersions(pool, projection, { live: 1, next: 3 });
    expect(differences).toMatchObject([{ what: 'column', column: 'attempts' }]);
    const rows = await compared(3);
    expect(rows).toMatchObject([
      ...Array.from(rows, () => ({
        what: 'differs',
        columns: ['attempts'],
        table: 'risk_velocity_v1',
      })),
    ]);
    expect(rows.length).toBeGreaterThan(0);
  });

  async function compared(fresh: number) {
    const client = await pool.connect();
    try {
      return (await differingRows(client, projection, { live: 1, fresh })).differences;
    } finally {
      client.release();
    }
  }
});
