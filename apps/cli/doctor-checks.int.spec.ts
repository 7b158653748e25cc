import pg from 'pg';
import { openEventStore } from '../../libs/event-store/open-event-store.js';
import { PaymentLog } from '../../libs/testing/payment-log.js';
import { createTestDatabase } from '../../libs/testing/test-database.js';
import { doctorChecks } from './doctor-checks.js';

/** Its server takes longer over all events than a statement may. */
class SlowPool extends pg.Pool {
  override query = ((...given: readonly unknown[]) => {
    const [text] = given;
    const isSlow = typeof text === 'string' && text.includes('group by stream');
    // reason: as it was given, but for a text that takes a while
    return super.query(...((isSlow ? ['select pg_sleep(5)'] : given) as [string]));
  }) as pg.Pool['query'];
}

it('the doctor goes on where a server takes too long to count', async () => {
  const database = await createTestDatabase();
  const databaseUrl = database.url;
  const store = await openEventStore({ databaseUrl, migrate: 'apply' });
  const pool = new SlowPool({ connectionString: databaseUrl, statement_timeout: 50 });
  try {
    await new PaymentLog(store).appendMany(0, 2);
    const addresses = { databaseUrl, eventStoreUrl: undefined };
    const checks = await doctorChecks({}, { store, pool, addresses });
    expect(checks.map(({ name, looked }) => [name, looked])).toEqual([
      ['checkpoints', true],
      ['revisions', false],
      ['end of the log', true],
      ['newest seal', false],
      ['last verification', false],
    ]);
    expect(checks[1]?.said).toMatch(/^\d+ events take too long here: tillstream verify$/);
  } finally {
    await pool.end();
    await store.close();
    await database.dispose();
  }
}, 60_000);
