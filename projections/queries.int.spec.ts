import type pg from 'pg';
import { InMemoryEventStore } from '../libs/event-store/in-memory/in-memory-event-store.js';
import { LOG_START } from '../libs/event-store/event-store.js';
import type { PaymentView } from '../libs/payments/payment.view.js';
import { migrate } from '../libs/platform/migrations.js';
import { openPool } from '../libs/platform/postgres.js';
import {
  dispute,
  initiated,
  PaymentLog,
  purchase,
  refund,
  refundFailedLater,
} from '../libs/testing/payment-log.js';
import { createTestDatabase, type TestDatabase } from '../libs/testing/test-database.js';
import { listAudit } from './audit-trail/query.js';
import { statementCsv, Statements } from './customer-statements/query.js';
import {
  historyCsv,
  PaymentLists,
  type PaymentList,
  reportHistory,
  type PaymentFilter,
} from './payment-history/query.js';
import { PROJECTIONS } from './registry.js';
import { ensureFirstVersion } from './runner/catalog.js';
import { encodeCursor as cursorOf, InvalidCursor } from './runner/cursor.js';
import { PROJECTION_MIGRATIONS } from './runner/projections.migrations.js';
import { ReadModelUnavailable } from './runner/read-model.js';
import { VersionWriter } from './runner/version-writer.js';

/** Lists of so many are planned once, and asked for together. */
const PLANNED_LIMIT = 20;
const HUGE = '100000000000000000';

describe('queries of the read models', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
    await expect(new PaymentLists(pool).list({ tenant: null }, first(1))).rejects.toThrow(
      ReadModelUnavailable,
    );
    await migrate(pool, { set: 'projections', migrations: PROJECTION_MIGRATIONS, mode: 'apply' });
    const store = new InMemoryEventStore();
    await fill(new PaymentLog(store));
    const page = await store.readAll(LOG_START, 1_000);
    for (const projection of PROJECTIONS) {
      await ensureFirstVersion(pool, projection, await store.logId());
      const writer = new VersionWriter({
        pool,
        store,
        projection,
        version: 1,
        token: '0',
        position: LOG_START,
      });
      await writer.write(page.events, page.position);
    }
  });

  afterAll(async () => {
    await pool.end();
    await database.dispose();
  });

  async function fill(log: PaymentLog): Promise<void> {
    const one = { id: 'pay_a', customerId: '=cus', orderId: 'ord_1', at: day(1) };
    await log.append(one.id, purchase(one), one.at);
    await log.append(one.id, refund(one, '700'), day(3));
    await log.append(one.id, [dispute('DisputeOpened', '300')], day(5));
    await log.append(one.id, [dispute('DisputeWon', '300')], day(7));
    await log.append(one.id, [refundFailedLater()], day(8));
    const two = { id: 'pay_b', customerId: '=cus', merchantId: 'mer_two', at: day(2) };
    await log.append(two.id, purchase(two), two.at);
    const open = {
      id: 'pay_c',
      customerId: 'cus_other',
      amount: HUGE,
      currency: 'JPY',
      at: day(4),
    };
    await log.append(open.id, [initiated(open), purchase(open)[1]!], open.at);
    await log.append(
      open.id,
      [{ type: 'OutcomeUnknown', data: { intent: 1, reason: 'timeout' } }],
      open.at,
    );
    // The same instant as pay_c: the id breaks the tie.
    await log.append('pay_d', [initiated({ id: 'pay_d', customerId: null })], open.at);
  }

  async function ids(filter: Partial<PaymentFilter>): Promise<string[]> {
    const page = await new PaymentLists(pool).list({ tenant: null, ...filter }, first(10));
    return idsOf(page);
  }

  it('lists payments newest first, the id breaks ties', async () => {
    expect(await ids({})).toEqual(['pay_d', 'pay_c', 'pay_b', 'pay_a']);
  });

  it.each([
    [{ tenant: 'mer_two' }, ['pay_b']],
    [{ tenant: 'mer_none' }, []],
    [{ status: 'PROCESSING' }, ['pay_c']],
    [{ customerId: '=cus' }, ['pay_b', 'pay_a']],
    [{ orderId: 'ord_1' }, ['pay_a']],
    [{ createdFrom: day(2), createdTo: day(4) }, ['pay_b']],
    [{ openOperation: 'unknown' }, ['pay_c']],
    [{ openOperation: 'sent' }, []],
    [{ openOperation: 'unknown', olderThanS: 60 }, ['pay_c']],
    [{ openOperation: 'unknown', olderThanS: 10_000_000_000 }, []],
    [{ tenant: 'mer_one', customerId: '=cus' }, ['pay_a']],
  ] as const)('filters by %j', async (filter, expected) => {
    expect(await ids(filter)).toEqual(expected);
  });

  it('pages through all payments, each once', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: PaymentList = await new PaymentLists(pool).list(
        { tenant: null },
        { limit: 1, cursor },
      );
      seen.push(...idsOf(page));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(['pay_d', 'pay_c', 'pay_b', 'pay_a']);
  });

  it('answers lists that are asked for at once each as if asked alone', async () => {
    const lists = new PaymentLists(pool);
    const { nextCursor: cursor } = await lists.list({ tenant: null }, first(1));
    const filters: readonly PaymentFilter[] = [
      { tenant: null },
      { tenant: 'mer_one' },
      { tenant: 'mer_two' },
      { tenant: 'mer_none' },
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((nth) => ({ tenant: 'mer_one', createdTo: day(nth) })),
      { tenant: 'mer_one', createdFrom: day(2), createdTo: day(4) },
    ];
    const pages = [first(PLANNED_LIMIT), { limit: PLANNED_LIMIT, cursor }];
    const questions = filters.flatMap((filter) => pages.map((page) => ({ filter, page })));
    const together = await Promise.all(
      questions.map(async ({ filter, page }) => idsOf(await lists.list(filter, page))),
    );
    for (const [index, { filter, page }] of questions.entries()) {
      const alone = await lists.list(filter, { ...page, limit: PLANNED_LIMIT - 1 });
      expect(together[index]).toEqual(idsOf(alone));
    }
    expect(new Set(together.map(String)).size).toBeGreaterThan(4);
  });

  it("another tenant's cursor shows nothing of that tenant", async () => {
    const { nextCursor } = await new PaymentLists(pool).list({ tenant: null }, first(1));
    const page = { limit: 10, cursor: nextCursor };
    const list = await new PaymentLists(pool).list({ tenant: 'mer_two' }, page);
    expect(idsOf(list)).toEqual(['pay_b']);
  });

  it.each([
    '',
    'x',
    '!!!',
    'W10',
    cursorOf('a', 'b'),
    'A'.repeat(5000),
    cursorOf('9999-99-99T00:00:00.000Z', 'pay_a'),
    cursorOf('2026-02-30T00:00:00.000Z', 'pay_a'),
    cursorOf('0000-01-01T00:00:00.000Z', 'pay_a'),
  ])('refuses the cursor %p', async (cursor) => {
    const page = { limit: 1, cursor };
    await expect(new PaymentLists(pool).list({ tenant: null }, page)).rejects.toThrow(
      InvalidCursor,
    );
    await expect(listAudit(pool, { tenant: null }, page)).rejects.toThrow(InvalidCursor);
  });

  it('shows amounts beyond 2^53 as text', async () => {
    const list = await new PaymentLists(pool).list(
      { tenant: null, customerId: 'cus_other' },
      first(1),
    );
    expect(viewsOf(list)[0]).toMatchObject({ amount: HUGE });
    const history = await reportHistory(pool, { tenant: null, customerId: 'cus_other' });
    expect(history.data[0]).toMatchObject({ payment_id: 'pay_c', amount: HUGE });
  });

  it('reports the history of a customer, as rows and as CSV', async () => {
    const filter = { tenant: null, customerId: '=cus', from: day(1), to: day(2) };
    const { data } = await reportHistory(pool, filter);
    expect(data).toMatchObject([
      { payment_id: 'pay_a', amount: 2500, amount_captured: 2500, amount_refunded: 0 },
    ]);
    const [header, row] = historyCsv(data).split('\r\n');
    expect(header).toMatch(/^payment_id,customer_id,order_id,status,currency,amount,/);
    expect(row).toMatch(/^pay_a,'=cus,ord_1,COMPLETED,EUR,2500,/);
  });

  it('reports pages of a size that is planned once as those of any other', async () => {
    const filters = [
      { tenant: null },
      { tenant: 'mer_one' },
      { tenant: 'mer_one', from: day(2) },
      { tenant: null, to: day(4) },
    ];
    for (const filter of [...filters, ...filters]) {
      const planned = await reportHistory(pool, filter, first(PLANNED_LIMIT));
      expect(planned.data.length).toBeGreaterThan(0);
      expect(planned).toEqual(await reportHistory(pool, filter, first(PLANNED_LIMIT - 1)));
    }
  });

  it('states what a customer paid and got back, with balances', async () => {
    const request = {
      tenant: 'mer_one',
      customerId: '=cus',
      currency: 'EUR',
      from: null,
      to: null,
    };
    const statement = await new Statements(pool).report(request);
    expect(statement.lines.map(({ kind, amount, balance }) => [kind, amount, balance])).toEqual([
      ['capture', 2500, 2500],
      ['refund', -700, 1800],
      ['chargeback', -300, 1500],
      ['reversal', 300, 1800],
      ['refund', 700, 2500],
    ]);
    expect([statement.opening_balance, statement.closing_balance]).toEqual([0, 2500]);
    expect(statementCsv(statement).split('\r\n').slice(1, 4)).toEqual([
      ',,opening,,0,,',
      '2026-03-01T00:00:02.000Z,pay_a,capture,2500,2500,2,',
      '2026-03-03T00:00:01.000Z,pay_a,refund,-700,1800,4,',
    ]);
  });

  it('opens a statement with what came before it, over all merchants for an analyst', async () => {
    const request = { tenant: null, customerId: '=cus', currency: 'EUR', from: day(3), to: day(5) };
    expect(await new Statements(pool).report(request)).toMatchObject({
      opening_balance: 5000,
      lines: [{ kind: 'refund', amount: -700, balance: 4300 }],
      closing_balance: 4300,
    });
  });

  it('an empty statement has its opening balance for closing', async () => {
    const request = {
      tenant: null,
      customerId: '=cus',
      currency: 'EUR',
      from: day(9),
      to: day(10),
    };
    const statement = await new Statements(pool).report(request);
    expect([statement.opening_balance, statement.lines, statement.closing_balance]).toEqual([
      5000,
      [],
      5000,
    ]);
    const none = await new Statements(pool).report({ ...request, currency: 'USD' });
    expect([none.opening_balance, none.lines, none.closing_balance]).toEqual([0, [], 0]);
  });

  it('states what is asked for at once each as if asked alone', async () => {
    const asked = { customerId: '=cus', currency: 'EUR', from: null, to: null };
    const requests = [null, 'mer_one', 'mer_two', 'mer_none'].flatMap((tenant) => [
      { tenant, ...asked },
      { tenant, ...asked, to: day(3) },
      { tenant, ...asked, from: day(3) },
      { tenant, ...asked, currency: 'USD' },
    ]);
    const statements = new Statements(pool);
    const together = await Promise.all(requests.map((request) => statements.report(request)));
    for (const [index, request] of requests.entries()) {
      expect(together[index]).toEqual(await statements.report(request));
    }
    const balances = together.map(({ closing_balance: balance }) => balance);
    expect(new Set(balances).size).toBeGreaterThan(2);
  });

  it('audits every event, newest first, within the tenant', async () => {
    const { data } = await listAudit(pool, { tenant: 'mer_two' }, first(10));
    expect(data.map(({ type, revision }) => [type, revision])).toEqual([
      ['PurchaseApproved', 2],
      ['PurchaseRequested', 1],
      ['PaymentInitiated', 0],
    ]);
    const filter = { tenant: null, paymentId: 'pay_a', type: 'RefundRequested' };
    expect((await listAudit(pool, filter, first(10))).data).toMatchObject([
      { reason: 'damaged', actor: 'merchant:mer_one', at: day(3), before: null, after: null },
    ]);
    const range = { tenant: null, paymentId: 'pay_a', from: day(5), to: day(7) };
    expect((await listAudit(pool, range, first(10))).data).toHaveLength(1);
    expect((await listAudit(pool, { ...range, actor: 'nobody' }, first(10))).data).toEqual([]);
  });

  it('pages through the audit, each entry once', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await listAudit(
        pool,
        { tenant: null, paymentId: 'pay_a' },
        { limit: 3, cursor },
      );
      seen.push(...page.data.map(({ event_id }) => event_id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(8);
    expect(seen).toHaveLength(8);
  });
});

function day(number: number): string {
  return `2026-03-${String(number).padStart(2, '0')}T00:00:00.000Z`;
}

function first(limit: number) {
  return { limit, cursor: null };
}

function idsOf(list: PaymentList): string[] {
  return viewsOf(list).map(({ id }) => id);
}

function viewsOf({ items }: PaymentList): readonly PaymentView[] {
  return JSON.parse(`[${items}]`) as PaymentView[]; // reason: what the projection wrote
}
