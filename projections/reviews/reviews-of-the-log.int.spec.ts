import type pg from 'pg';
import { migrate } from '../../libs/platform/migrations.js';
import { openPool } from '../../libs/platform/postgres.js';
import { recordedLife, type LifeEvent } from '../../libs/testing/payment-lives.js';
import { ProjectionRun } from '../../libs/testing/projection-run.js';
import { registered } from '../../libs/testing/projection-house.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { paymentHistory } from '../payment-history/project.js';
import { ensureFirstVersion } from '../runner/catalog.js';
import type { Statement } from '../runner/projection.js';
import { PROJECTION_MIGRATIONS } from '../runner/projections.migrations.js';
import { reviews } from './project.js';
import { listReviews } from './query.js';

/** A person is asked twice: before the authorization, and when risk found more behind it. */
const LIFE: readonly LifeEvent[] = [
  ['PaymentInitiated'],
  ['ReviewRequested', { origin: 'INITIATED', reasons: ['first'] }],
  ['ReviewApproved'],
  ['AuthorizationRequested'],
  ['AuthorizationApproved'],
  ['ReviewRequested', { origin: 'AUTHORIZED', reasons: ['second'] }],
];
const EVENTS = recordedLife(LIFE);
const [FIRST, SECOND] = [
  { origin: 'INITIATED', reasons: ['first'], since: EVENTS[1]?.metadata.at },
  { origin: 'AUTHORIZED', reasons: ['second'], since: EVENTS[5]?.metadata.at },
];

describe('a payment of which a person is asked twice', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
    await migrate(pool, { set: 'projections', migrations: PROJECTION_MIGRATIONS, mode: 'apply' });
    for (const name of ['payment-history', 'reviews']) {
      await ensureFirstVersion(pool, registered(name), 'log_1');
    }
  });

  beforeEach(async () => {
    await pool.query('truncate payment_history_v1, reviews_v1');
  });

  afterAll(async () => {
    await pool.end();
    await database.dispose();
  });

  /** What each read model has written comes to these first events of the payment. */
  async function written(come: { readonly reviews: number; readonly history: number }) {
    const { states, rows } = new ProjectionRun(reviews).apply(EVENTS.slice(0, come.reviews));
    await run(reviews.write({ states, rows }, 1));
    const history = new ProjectionRun(paymentHistory).apply(EVENTS.slice(0, come.history));
    await run(paymentHistory.write({ states: history.states, rows: [] }, 1));
  }

  async function run(statements: readonly Statement[]): Promise<void> {
    for (const { text, values } of statements) await pool.query(text, [...values]);
  }

  async function listed() {
    const { data } = await listReviews(pool, { limit: 9, cursor: null, merchantId: null });
    return data;
  }

  it('shows why and since when it is asked, each time', async () => {
    await written({ reviews: 2, history: 2 });
    expect(await listed()).toEqual([expect.objectContaining(FIRST)]);
    await written({ reviews: 3, history: 3 });
    expect(await listed()).toEqual([]);
    await written({ reviews: 6, history: 6 });
    expect(await listed()).toEqual([expect.objectContaining(SECOND)]);
  });

  it('shows no asking that the history has not come to', async () => {
    await written({ reviews: 2, history: 2 });
    await written({ reviews: 6, history: 2 });
    expect(await listed()).toEqual([]);
    await written({ reviews: 6, history: 6 });
    expect(await listed()).toEqual([expect.objectContaining(SECOND)]);
  });

  it('an asking that is written again takes the place of no later one', async () => {
    await written({ reviews: 6, history: 6 });
    await written({ reviews: 2, history: 2 });
    expect(await listed()).toEqual([expect.objectContaining(SECOND)]);
  });
});
