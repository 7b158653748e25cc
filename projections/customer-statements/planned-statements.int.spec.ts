import type pg from 'pg';
import { openPool, PLANNED_ONCE } from '../../libs/platform/postgres.js';
import { AskedPool } from '../../libs/testing/asked-pool.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { PROJECTIONS } from '../registry.js';
import { PROJECTION_MIGRATIONS } from '../runner/projections.migrations.js';
import { ensureFirstVersion } from '../runner/catalog.js';
import { migrate } from '../../libs/platform/migrations.js';
import { STATEMENT_LINES_MAX, Statements } from './query.js';
import { ReportTooLarge } from '../runner/read-model.js';

const LINES = 20_000;
const BEGIN = '2026-01-01T00:00:00.000Z';

/** Both merchants have a customer of this name; nearly all lines are of one of them. */
const GUESTS = `insert into customer_statements (position, kind, at, payment_id, merchant_id, customer_id,
    currency, amount, revision, hash)
  select lpad(nth::text, 32, '0'), 'capture', $1::timestamptz + nth * interval '1 s', 'pay_' || nth,
    case nth % 5000 when 0 then 'mer_small' else 'mer_giant' end, 'guest', 'EUR', 100, 2, 'aa'
  from generate_series(1, ${LINES}) as nth`;

describe('a statement of a customer whose name other merchants use, too', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let asked: AskedPool;
  let statements: Statements;

  beforeAll(async () => {
    database = await createTestDatabase();
    const options = { databaseUrl: database.url, applicationName: 'spec', max: 1 };
    pool = openPool({ ...options, settings: PLANNED_ONCE });
    await migrate(pool, { set: 'projections', migrations: PROJECTION_MIGRATIONS, mode: 'apply' });
    for (const projection of PROJECTIONS) await ensureFirstVersion(pool, projection, 'log_1');
    await pool.query(GUESTS, [BEGIN]);
    await pool.query('analyze');
    asked = new AskedPool(pool);
    statements = new Statements(asked);
  });

  afterAll(async () => {
    await pool.end();
    await database.dispose();
  });

  const guest = { customerId: 'guest', currency: 'EUR', from: null, to: null };

  it.each([
    [{ tenant: 'mer_small' }, 4],
    [{ tenant: 'mer_none' }, 0],
    [{ tenant: 'mer_small', from: '2026-01-01T01:30:00.000Z' }, 3],
    [{ tenant: 'mer_giant', to: '2026-01-01T00:00:10.000Z' }, 9],
    [{ tenant: null, to: '2026-01-01T00:00:10.000Z' }, 9],
  ])('reads no line for nothing: %j', async (request, lines) => {
    const statement = await statements.report({ ...guest, ...request });
    expect(statement.lines).toHaveLength(lines);
    expect(await asked.rowsRemoved()).toBe(0);
  });

  it.each([
    ['mer_giant', STATEMENT_LINES_MAX + 2],
    [null, STATEMENT_LINES_MAX],
  ])('holds as many lines as a statement may have: of %s', async (tenant, upto) => {
    // Two of so many are those of the small merchant.
    const { lines } = await statements.report({ ...guest, tenant, to: behindLine(upto) });
    expect(lines).toHaveLength(STATEMENT_LINES_MAX);
  });

  it.each(['mer_giant', null])(
    'is refused where it holds too many lines: of %s',
    async (tenant) => {
      expect(LINES).toBeGreaterThan(STATEMENT_LINES_MAX);
      await expect(statements.report({ ...guest, tenant })).rejects.toThrow(ReportTooLarge);
    },
  );
});

function behindLine(nth: number): string {
  return new Date(Date.parse(BEGIN) + nth * 1000 + 1).toISOString();
}
