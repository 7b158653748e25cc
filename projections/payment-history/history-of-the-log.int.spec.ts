import type pg from 'pg';
import { foldPayment } from '../../libs/payments/payment.fold.js';
import type { Payment } from '../../libs/payments/payment.state.js';
import { viewOf } from '../../libs/payments/payment.view.js';
import { migrate } from '../../libs/platform/migrations.js';
import { openPool } from '../../libs/platform/postgres.js';
import { PAYMENT_LIVES, recordedLife } from '../../libs/testing/payment-lives.js';
import { ProjectionRun } from '../../libs/testing/projection-run.js';
import { registered } from '../../libs/testing/projection-house.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { ensureFirstVersion } from '../runner/catalog.js';
import { PROJECTION_MIGRATIONS } from '../runner/projections.migrations.js';
import { paymentHistory } from './project.js';
import { PaymentLists, reportHistory } from './query.js';

describe('the history of a payment, written event by event', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
    await migrate(pool, { set: 'projections', migrations: PROJECTION_MIGRATIONS, mode: 'apply' });
    await ensureFirstVersion(pool, registered('payment-history'), 'log_1');
  });

  beforeEach(async () => {
    await pool.query('truncate payment_history_v1');
  });

  afterAll(async () => {
    await pool.end();
    await database.dispose();
  });

  async function write(run: ProjectionRun<Payment, never>): Promise<void> {
    for (const { text, values } of paymentHistory.write({ states: run.states, rows: [] }, 1)) {
      await pool.query(text, [...values]);
    }
  }

  async function shown() {
    const report = await reportHistory(pool, { tenant: null });
    const list = await new PaymentLists(pool).list({ tenant: null }, { limit: 2, cursor: null });
    const { rows } = await pool.query(
      'select merchant_id, revision, open_operation, open_since from payment_history',
    );
    return { report: report.data, list: JSON.parse(`[${list.items}]`) as unknown, filtered: rows };
  }

  it.each(Object.entries(PAYMENT_LIVES))(
    '%s: shows what the events gave by then, and an older row takes the place of no newer one',
    async (_name, life) => {
      const events = recordedLife(life);
      const run = new ProjectionRun(paymentHistory);
      for (const event of events) {
        await write(run.apply([event]));
        const payment = foldPayment(events.slice(0, event.revision + 1));
        expect(await shown()).toEqual(wanted(payment!));
      }
      const last = await shown();
      await write(new ProjectionRun(paymentHistory).apply(events.slice(0, 1)));
      expect(await shown()).toEqual(last);
    },
  );
});

/** All amounts of the lives are small. */
function wanted(payment: Payment) {
  const view = viewOf(payment);
  const row = {
    payment_id: payment.id,
    customer_id: payment.customerId,
    order_id: payment.orderId,
    status: payment.status,
    currency: payment.currency,
    amount: Number(payment.amount),
    amount_authorized: Number(payment.amountAuthorized),
    amount_captured: Number(payment.amountCaptured),
    amount_refunded: Number(payment.amountRefunded),
    amount_charged_back: Number(payment.amountChargedBack),
    created_at: payment.createdAt,
    updated_at: payment.updatedAt,
  };
  const open = view.open_operation;
  const filtered = {
    merchant_id: payment.merchantId,
    revision: payment.revision,
    open_operation: open?.state ?? null,
    open_since: open === null ? null : new Date(open.since),
  };
  return { report: [row], list: [view], filtered: [filtered] };
}
