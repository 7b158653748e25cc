import type { AfterHook, AfterSubject } from '../../libs/orchestration/hooks/payment-hook.js';
import { createLogger } from '../../libs/platform/logging.js';
import { Metrics } from '../../libs/platform/metrics.js';
import { eventually } from '../../libs/testing/eventually.js';
import { call, create, house } from '../../libs/testing/payment-house.js';
import { ScriptedGateway } from '../../libs/testing/scripted-gateway.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { startProcessor } from './processor.js';

describe('hooks that follow the log', () => {
  let database: TestDatabase;
  const heard: AfterSubject[] = [];
  const hooks: readonly AfterHook[] = [
    { name: 'authorized', after: 'authorize', run: async (subject) => void heard.push(subject) },
    { name: 'captured', after: 'capture', run: async (subject) => void heard.push(subject) },
    { name: 'broken', after: 'capture', run: () => Promise.reject(new Error('broken')) },
  ];

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(() => database.dispose());

  it('are told of what came after the first hook, also over a restart', async () => {
    const { ports, runner } = house([new ScriptedGateway('alpha')], {}, { hooks });
    const start = () =>
      startProcessor({
        databaseUrl: database.url,
        migrate: 'apply',
        ports,
        unknownAskMaxMs: 500,
        logger: createLogger('spec', { level: 'silent' }),
        metrics: new Metrics('spec'),
      });
    const pay = (paymentId: string) => runner.execute(call(create(), paymentId, { paymentId }));
    await pay('pay_before');
    const first = await start();
    await eventually(async () => {
      expect((await database.query('select 1 from hook_checkpoint')).rows).toHaveLength(1);
    });
    await first.close();
    await pay('pay_1');
    const second = await start();
    await pay('pay_2');
    await eventually(() => expect(new Set(paymentsOf(heard))).toEqual(new Set(['pay_1', 'pay_2'])));
    await eventually(() => expect(heard).toHaveLength(4));
    await second.close();
    expect(heard[0]).toMatchObject({ outcome: 'approved', amount: 2500n });
  });
});

function paymentsOf(heard: readonly AfterSubject[]): readonly string[] {
  return heard.map(({ paymentId }) => paymentId);
}
