import type pg from 'pg';
import type { QueryConfig } from 'pg';
import { openPool, PLANNED_ONCE } from '../../libs/platform/postgres.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { PROJECTIONS } from '../registry.js';
import { PaymentLists } from './payment-lists.js';

const PAGE = { limit: 20, cursor: null };
const PAYMENTS = 20_000;

const GIANT = `insert into payment_history (id, merchant_id, status, currency, amount, amount_authorized,
    amount_captured, amount_refunded, amount_charged_back, created_at, updated_at, revision, view)
  select 'pay_' || nth, 'mer_giant', 'COMPLETED', 'EUR', 1, 1, 1, 0, 0, now() + nth * interval '1 ms', now(), 2, '{}'
  from generate_series(1, ${PAYMENTS}) as nth`;

/** Of a plan as `explain` tells it. */
interface PlanNode {
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

describe('a list of payments', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  const asked: QueryConfig[] = [];
  const lists = new PaymentLists({
    query: (query: string | QueryConfig, values?: readonly unknown[]) => {
      const config =
        typeof query === 'string' ? { text: query, values: [...(values ?? [])] } : query;
      asked.push(config);
      return pool.query(config);
    },
  });

  beforeAll(async () => {
    database = await createTestDatabase();
    const options = { databaseUrl: database.url, applicationName: 'spec', max: 1 };
    pool = openPool({ ...options, settings: PLANNED_ONCE });
    const history = PROJECTIONS.find(({ name }) => name === 'payment-history');
    await pool.query(history?.schema.replaceAll('_vN', '') ?? '');
    await pool.query(GIANT);
    await pool.query('analyze payment_history');
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

      expect(await removed()).toEqual([0]);
    },
  );

  it('of what waits for a gateway reads no payment that waits for nothing', async () => {
    await lists.list({ tenant: null, olderThanS: 60 }, PAGE);

    expect(await removed()).toEqual([0]);
  });

  /** Rows that the query asked last read for nothing. */
  async function removed(): Promise<readonly number[]> {
    const query = asked.at(-1);
    const { rows } = await pool.query<{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }>(
      `explain (analyze, format json) ${query?.text}`,
      query?.values,
    );

    return rows.map((row) => filteredOut(row['QUERY PLAN'][0].Plan));
  }
});

function filteredOut(node: PlanNode): number {
  const below = (node.Plans ?? []).map(filteredOut).reduce((sum, rows) => sum + rows, 0);
  return (node['Rows Removed by Filter'] ?? 0) + below;
}
