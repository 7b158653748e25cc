import type pg from 'pg';
import { openPool, PLANNED_ONCE } from '../../libs/platform/postgres.js';
import { AskedPool } from '../../libs/testing/asked-pool.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { PROJECTIONS } from '../registry.js';
import { PaymentLists } from './payment-lists.js';

const PAGE = { limit: 20, cursor: null };
const PAYMENTS = 20_000;

const GIANT = `insert into payment_history (id, merchant_id, status, currency, amount, amount_authorized,
    amount_captured, amount_refunded, amount_charged_back, created_at, updated_at, revision, view)
  select 'pay_' || nth, 'mer_giant', 'COMPLETED', 'EUR', 1, 1, 1, 0, 0, now() + nth * interval '1 ms', now(), 2, '{}'
  from generate_series(1, ${PAYMENTS}) as nth`;

describe('a list of payments', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let asked: AskedPool;
  let lists: PaymentLists;

  beforeAll(async () => {
    database = await createTestDatabase();
    const options = { databaseUrl: database.url, applicationName: 'spec', max: 1 };
    pool = openPool({ ...options, settings: PLANNED_ONCE });
    const history = PROJECTIONS.find(({ name }) => name === 'payment-history');
    await pool.query(history?.schema.replaceAll('_vN', '') ?? '');
    await pool.query(GIANT);
    await pool.query('analyze payment_history');
    asked = new AskedPool(pool);
    lists = new PaymentLists(asked);
  });

  afterAll(async () => {
    await pool.end();
    await database.dispose();
  });

  it.each([
    { tenant: 'mer_small' },
    { tenant: 'mer_small', createdTo: '2099-01-01T00:00:00.000Z' },
  ])(
    'of %j, planned once, reads no payment of the merchant that has nearly all of them',
    async (filter) => {
      await lists.list(filter, PAGE);

      expect(await asked.rowsRemoved()).toBe(0);
    },
  );

  it('of what waits for a gateway reads no payment that waits for nothing', async () => {
    await lists.list({ tenant: null, olderThanS: 60 }, PAGE);

    expect(await asked.rowsRemoved()).toBe(0);
  });
});
