import type pg from 'pg';
import { openPool, PLANNED_ONCE } from '../../libs/platform/postgres.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { PROJECTIONS } from '../registry.js';
import { PAGE_BYTES_MAX, PaymentLists } from './payment-lists.js';

/** Planned for all, and alone. */
const LIMITS = [100, 99];
const OF_LARGE = { tenant: 'mer_large' };
const LARGE = 40;
/** With all the metadata that one may have; the last is larger than a page. */
const FILL = `insert into payment_history (id, merchant_id, status, currency, amount, amount_authorized,
    amount_captured, amount_refunded, amount_charged_back, created_at, updated_at, revision, view)
  select id, merchant_id, 'COMPLETED', 'EUR', 1, 1, 1, 0, 0, at, at, 2,
    json_build_object('id', id, 'created_at', to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'fill', fill)::text
  from (
    select 'pay_' || nth as id, 'mer_large' as merchant_id, timestamp '2026-03-01' + nth * interval '1 s' as at,
      repeat('0123456789', case when nth = ${LARGE} then 40000 else 5000 end) as fill
    from generate_series(1, ${LARGE}) as nth
    union all
    select 'pay_usual_' || nth, 'mer_usual', timestamp '2026-03-01' + nth * interval '1 s', repeat('0123456789', 200)
    from generate_series(1, 101) as nth) payment`;

describe('a page of payments', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let lists: PaymentLists;

  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = { ...PLANNED_ONCE, timezone: 'UTC' };
    pool = openPool({ databaseUrl: database.url, applicationName: 'spec', settings });
    const history = PROJECTIONS.find(({ name }) => name === 'payment-history');
    await pool.query(history?.schema.replaceAll('_vN', '') ?? '');
    await pool.query(FILL);
    lists = new PaymentLists(pool);
  });

  afterAll(async () => {
    await pool.end();
    await database.dispose();
  });

  it.each(LIMITS)(
    'of %s that are large ends early, and the pages have each once',
    async (limit) => {
      const seen: string[] = [];
      let cursor: string | null = null;
      let pages = 0;
      do {
        const { items, nextCursor } = await lists.list(OF_LARGE, { limit, cursor });
        const ids = idsOf(items);
        if (ids.length > 1) expect(items.length).toBeLessThan(2 * PAGE_BYTES_MAX);
        seen.push(...ids);
        cursor = nextCursor;
        pages += 1;
      } while (cursor !== null);
      expect(seen).toEqual(Array.from({ length: LARGE }, (_, nth) => `pay_${LARGE - nth}`));
      expect(pages).toBeGreaterThan(6);
    },
  );

  it.each(LIMITS)('of %s that are as most are has as many as were asked for', async (limit) => {
    const { items, nextCursor } = await lists.list(
      { tenant: 'mer_usual' },
      { limit, cursor: null },
    );
    expect(idsOf(items)).toHaveLength(limit);
    const rest = await lists.list({ tenant: 'mer_usual' }, { limit, cursor: nextCursor });
    expect([idsOf(rest.items).length, rest.nextCursor]).toEqual([101 - limit, null]);
  });

  it('holds a payment that is larger than a page', async () => {
    const { items } = await lists.list(OF_LARGE, { limit: 100, cursor: null });
    expect(idsOf(items)).toEqual([`pay_${LARGE}`]);
  });
});

function idsOf(items: string): string[] {
  return (JSON.parse(`[${items}]`) as { readonly id: string }[]).map(({ id }) => id);
}
