import type pg from 'pg';
import { InMemoryEventStore } from '../../libs/event-store/in-memory/in-memory-event-store.js';
import { createLogger } from '../../libs/platform/logging.js';
import { migrate } from '../../libs/platform/migrations.js';
import { openPool } from '../../libs/platform/postgres.js';
import { eventually } from '../../libs/testing/eventually.js';
import { PaymentLog } from '../../libs/testing/payment-log.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { reviews } from '../reviews/project.js';
import { projectionNamed } from '../registry.js';
import { ensureFirstVersion, versionsOf } from './catalog.js';
import { followLog } from './follower.js';
import { PROJECTION_MIGRATIONS } from './projections.migrations.js';
import { rebuildProjection } from './rebuild.js';

const OFTEN_MS = 20;

describe('a version that was replaced', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let following: Promise<void> | undefined;
  const store = new InMemoryEventStore();
  const end = new AbortController();

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
    await migrate(pool, { set: 'projections', migrations: PROJECTION_MIGRATIONS, mode: 'apply' });
  });

  afterAll(async () => {
    end.abort();
    await following;
    await pool.end();
    await database.dispose();
  });

  it('goes when its time is over, while the same process leads on', async () => {
    const projection = projectionNamed(reviews.name);
    if (projection === undefined) throw new Error('there are reviews');
    await ensureFirstVersion(pool, projection, await store.logId());
    const process = { pool, store, projection, holder: 'spec', signal: end.signal };
    const logger = createLogger('spec', { level: 'silent' });
    following = followLog({ ...process, logger, retiredLookMs: OFTEN_MS });
    const states = async () => (await versionsOf(pool, reviews.name)).map(({ state }) => state);

    await rebuildProjection({ ...process, holder: 'other', acceptDifferences: false });
    await new PaymentLog(store).appendMany(0, 1);
    await eventually(async () => {
      const [, live] = await versionsOf(pool, reviews.name);
      expect(live?.position).toBe(await store.head()); // the new version is led by now
    });
    expect(await states()).toEqual(['retired', 'live']);
    await pool.query(
      `update projection_versions set retired_at = now() - interval '25 h' where state = 'retired'`,
    );

    await eventually(async () => expect(await states()).toEqual(['live']));
    const { rows } = await pool.query(`select to_regclass('reviews_v1') as gone`);
    expect(rows).toEqual([{ gone: null }]);
  });
});
