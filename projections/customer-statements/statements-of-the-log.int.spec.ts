import { dispute, purchase, refund } from '../../libs/testing/payment-log.js';
import { ProjectionHouse, registered } from '../../libs/testing/projection-house.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { Statements, type Statement, type StatementRequest } from './query.js';
import { statementFromLog } from './statement-from-log.js';

const CUSTOMER = { customerId: 'cus_one', currency: 'EUR' };
const NOON = '2026-03-03T12:00:00.000Z';

describe('a statement of the read model is that of the log', () => {
  let database: TestDatabase;
  let house: ProjectionHouse;
  let statements: Statements;
  let instants: readonly string[];

  beforeAll(async () => {
    database = await createTestDatabase();
    house = await ProjectionHouse.open(database);
    await fill();
    house.follow(registered('customer-statements'));
    await house.caughtUp('customer-statements');
    statements = new Statements(house.pool);
    const { lines } = await statements.report({ tenant: null, ...CUSTOMER, from: null, to: null });
    instants = [...new Set(lines.map(({ at }) => at))];
  });

  afterAll(async () => {
    await house.close();
    await database.dispose();
  });

  /** Clocks differ: what was stored last happened first; and two merchants' payments happen at one instant. */
  async function fill(): Promise<void> {
    const late = { id: 'pay_late', at: '2026-03-05T12:00:00.000Z' };
    const twin = { id: 'pay_z_twin', merchantId: 'mer_two', amount: '700', at: NOON };
    const early = { id: 'pay_a_early', amount: '900', at: NOON };
    const other = { id: 'pay_other', currency: 'USD', at: NOON };
    await house.log.append(late.id, purchase(late), late.at);
    await house.log.append(twin.id, purchase(twin), twin.at);
    await house.log.append(early.id, purchase(early), early.at);
    await house.log.append(other.id, purchase(other), other.at);
    await house.log.append(early.id, refund(early, '300'), '2026-03-04T12:00:00.000Z');
    await house.log.append(late.id, [dispute('DisputeOpened', '2500')], late.at);
  }

  async function both(request: StatementRequest): Promise<{ read: Statement; log: Statement }> {
    const position = await house.store.head();
    const wanted = { request, position, paymentIds: new Set<string>(), onEvents: () => undefined };
    const { statement: log, faults } = await statementFromLog(house.store, wanted);
    expect(faults).toEqual([]);
    return { read: await statements.report(request), log };
  }

  it('tells in the order of their instants what was stored in another, and of one instant in that of the log', async () => {
    const { read } = await both({ tenant: null, ...CUSTOMER, from: null, to: null });
    expect(read.lines.map(({ payment_id: id, kind, balance }) => [id, kind, balance])).toEqual([
      ['pay_z_twin', 'capture', 700],
      ['pay_a_early', 'capture', 1600],
      ['pay_a_early', 'refund', 1300],
      ['pay_late', 'capture', 3800],
      ['pay_late', 'chargeback', 1300],
    ]);
  });

  it.each([null, 'mer_one', 'mer_two', 'mer_none'])(
    'begins with its first instant and ends before its last one: of %s',
    async (tenant) => {
      const edges = [null, ...instants.flatMap((at) => [at, aMillisecondAfter(at)])];
      for (const from of edges) {
        for (const to of edges) {
          const { read, log } = await both({ tenant, ...CUSTOMER, from, to });
          expect(read).toEqual(log);
        }
      }
    },
  );
});

function aMillisecondAfter(instant: string): string {
  return new Date(Date.parse(instant) + 1).toISOString();
}
