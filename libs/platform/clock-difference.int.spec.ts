import { createTestDatabase } from '../testing/test-database.js';
import { showClockDifference } from './clock-difference.js';
import { Metrics } from './metrics.js';
import { openPool } from './postgres.js';

it('shows how far the clock is from that of Postgres', async () => {
  const database = await createTestDatabase();
  const databaseUrl = database.url;
  await database.query(
    `create schema behind;
     create function behind.clock_timestamp() returns timestamptz language sql
       as $$ select pg_catalog.clock_timestamp() - interval '1 hour' $$`,
  );
  const settings = { search_path: 'behind,pg_catalog' };
  const same = openPool({ databaseUrl, applicationName: 'spec' });
  const behind = openPool({ databaseUrl, applicationName: 'spec', settings });
  try {
    // As they are on one machine; the round trip stands in between.
    expect(Math.abs(await shown(same))).toBeLessThan(2);
    expect(Math.abs((await shown(behind)) - 3_600)).toBeLessThan(2);
  } finally {
    await same.end();
    await behind.end();
    await database.dispose();
  }
}, 60_000);

async function shown(pool: Parameters<typeof showClockDifference>[1]): Promise<number> {
  const metrics = new Metrics('spec');
  showClockDifference(metrics, pool);
  const text = await metrics.registry.metrics();
  return Number(/^tillstream_clock_ahead_seconds\S* (\S+)$/m.exec(text)?.[1]);
}
