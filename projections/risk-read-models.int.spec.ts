import type pg from 'pg';
import { LOG_START, type RecordedEvent } from '../libs/event-store/event-store.js';
import { InMemoryEventStore } from '../libs/event-store/in-memory/in-memory-event-store.js';
import type { PaymentEvent } from '../libs/payments/payment.events.js';
import { migrate } from '../libs/platform/migrations.js';
import { openPool } from '../libs/platform/postgres.js';
import { tokenFingerprint } from '../libs/risk/velocity-keys.js';
import { initiated, PaymentLog, type SamplePayment } from '../libs/testing/payment-log.js';
import { createTestDatabase, type TestDatabase } from '../libs/testing/test-database.js';
import { PROJECTIONS } from './registry.js';
import { listReviews } from './reviews/query.js';
import { riskVelocity } from './risk-velocity/project.js';
import { ProjectedVelocity } from './risk-velocity/query.js';
import { ensureFirstVersion } from './runner/catalog.js';
import { PROJECTION_MIGRATIONS } from './runner/projections.migrations.js';
import { defineProjection, versionTable, type Projection } from './runner/projection.js';
import { ReadModelUnavailable } from './runner/read-model.js';
import { VersionWriter } from './runner/version-writer.js';

const AT = '2026-03-01T10:30:20.000Z';

describe('what risk reads of the read models', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let store: InMemoryEventStore;
  let events: readonly RecordedEvent[];
  let head: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
    const request = { limit: 1, cursor: null, merchantId: null };
    await expect(listReviews(pool, request)).rejects.toThrow(ReadModelUnavailable);
    await migrate(pool, { set: 'projections', migrations: PROJECTION_MIGRATIONS, mode: 'apply' });
    store = new InMemoryEventStore();
    await fill(new PaymentLog(store));
    ({ events, position: head } = await store.readAll(LOG_START, 1_000));
    for (const projection of PROJECTIONS) {
      await ensureFirstVersion(pool, projection, await store.logId());
      await write(projection, 1_000);
    }
  });

  afterAll(async () => {
    await pool.end();
    await database.dispose();
  });

  async function write(projection: Projection, batchMax: number): Promise<void> {
    const checkpoint = { token: '0', position: LOG_START, batchMax };
    const writer = new VersionWriter({ pool, store, projection, version: 1, ...checkpoint });
    await writer.write(events, head);
  }

  /** 10:30:20 is the present; the minutes before it hold attempts of three payments. */
  async function fill(log: PaymentLog): Promise<void> {
    const add = async (payment: SamplePayment, more: readonly PaymentEvent[] = []) =>
      await log.append(payment.id, [initiated(payment), ...more], payment.at ?? AT);
    await add({ id: 'pay_old', at: '2026-03-01T09:29:59.000Z', amount: '1' });
    await add({ id: 'pay_a', at: '2026-03-01T09:30:05.000Z', amount: '100' }, [asked('INITIATED')]);
    await add({ id: 'pay_b', at: '2026-03-01T10:29:59.000Z', amount: '1000', currency: 'USD' });
    await add({ id: 'pay_c', at: AT, amount: '10000', merchantId: 'mer_two' }, [
      asked('INITIATED'),
    ]);
    await add({ id: 'pay_d', at: AT, amount: '100000' }, [asked('INITIATED')]);
    await add({ id: 'pay_e', at: AT, amount: '7' }, [
      asked('INITIATED'),
      { type: 'ReviewRejected', data: { reason: null } },
    ]);
    await log.append('pay_old', [cancelled], '2026-03-01T10:31:00.000Z');
    await add({ id: 'pay_later', at: '2026-03-01T10:31:00.000Z', amount: '5' });
  }

  it('counts attempts and sums within whole minutes, each currency for itself', async () => {
    const velocity = new ProjectedVelocity(pool);
    const customer = { dimension: 'customer', key: 'mer_one/cus_one', currency: 'EUR' } as const;
    const token = tokenFingerprint('tok_approve');
    const counts = await velocity.count(
      [
        { ...customer, windowS: 3600 },
        { ...customer, windowS: 3660 },
        { ...customer, windowS: 60 },
        { ...customer, windowS: 3600, currency: 'USD' },
        { dimension: 'token', key: token, windowS: 3600, currency: 'EUR' },
        { dimension: 'ip', key: 'nobody', windowS: 3600, currency: 'EUR' },
        { dimension: 'merchant', key: 'mer_two', windowS: 86_400, currency: 'EUR' },
      ],
      AT,
    );
    expect(counts).toEqual([
      { attempts: 4, sum: 100107n },
      { attempts: 5, sum: 100108n },
      { attempts: 3, sum: 100007n },
      { attempts: 4, sum: 1000n },
      { attempts: 5, sum: 110107n },
      { attempts: 0, sum: 0n },
      { attempts: 1, sum: 10000n },
    ]);
  });

  it('gives the same counts when it is built again in other batches', async () => {
    const one = await contents();
    for (const batch of [1, 3]) {
      await pool.query('truncate risk_velocity_v1');
      await pool.query(
        `update projection_versions set position = $1 where name = 'risk-velocity'`,
        [LOG_START],
      );
      await write(named('risk-velocity'), batch);
      expect(await contents()).toEqual(one);
    }
  });

  it('a batch that is written again changes nothing', async () => {
    const before = await contents();
    const projector = defineProjection(riskVelocity, '').open(1, () => Promise.resolve([]));
    for (const { text, values } of await projector.statements(events)) {
      await pool.query(text, [...values]);
    }
    expect(await contents()).toEqual(before);
  });

  async function contents(): Promise<readonly unknown[]> {
    const text = `select * from ${versionTable('risk_velocity', 1)} order by 1, 2, 3, 4`;
    return (await pool.query<Record<string, unknown>>(text)).rows;
  }

  it('lists who waits for a person, the newest asking first, a page at a time', async () => {
    const first = await listReviews(pool, { limit: 2, cursor: null, merchantId: null });
    expect(first.data).toEqual([
      {
        payment_id: 'pay_d',
        merchant_id: 'mer_one',
        customer_id: 'cus_one',
        amount: 100000,
        currency: 'EUR',
        origin: 'INITIATED',
        reasons: ['velocity_customer_attempts: 11 above 10 in 3600 s'],
        since: '2026-03-01T10:30:21.000Z',
      },
      expect.objectContaining({ payment_id: 'pay_c' }),
    ]);
    const next = await listReviews(pool, { limit: 2, cursor: first.nextCursor, merchantId: null });
    expect(next.data.map(({ payment_id: id }) => id)).toEqual(['pay_a']);
    expect(next.nextCursor).toBeNull();
    const two = await listReviews(pool, { limit: 9, cursor: null, merchantId: 'mer_two' });
    expect(two.data.map(({ payment_id: id }) => id)).toEqual(['pay_c']);
  });
});

function asked(origin: 'INITIATED'): PaymentEvent {
  const reasons = ['velocity_customer_attempts: 11 above 10 in 3600 s'];
  return { type: 'ReviewRequested', data: { origin, reasons } };
}

const cancelled: PaymentEvent = { type: 'PaymentCancelled', data: { reason: null } };

function named(name: string): Projection {
  const found = PROJECTIONS.find((projection) => projection.name === name);
  if (found === undefined) throw new Error(`no projection ${name}`);
  return found;
}
