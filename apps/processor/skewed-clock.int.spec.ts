import { jest } from '@jest/globals';
import { SystemClock } from '../../libs/platform/clock.js';
import { createLogger } from '../../libs/platform/logging.js';
import { Metrics } from '../../libs/platform/metrics.js';
import { eventually } from '../../libs/testing/eventually.js';
import { call, create, house } from '../../libs/testing/payment-house.js';
import { ScriptedGateway } from '../../libs/testing/scripted-gateway.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { PaymentCallRunner } from '../../libs/orchestration/payment-call-runner.js';
import { startProcessor } from './processor.js';

jest.setTimeout(60_000);

const HOUR_MS = 3_600_000;
const WAIT_MS = 10_000;

describe('a processor whose clock is behind that of Postgres', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(async () => {
    await database.dispose();
  });

  it('puts off what is not due yet until its own clock has come so far', async () => {
    const { ports } = house([new ScriptedGateway('alpha')]);
    const now = () => new Date(Date.now() - HOUR_MS).toISOString();
    const behind = { ...ports, clock: Object.assign(new SystemClock(), { now }) };
    const request = create({ captureMethod: 'manual', captureAfterS: 600 });
    await new PaymentCallRunner(behind).execute(call(request, 'k1'));
    const processor = await startProcessor({
      databaseUrl: database.url,
      migrate: 'apply',
      ports: behind,
      unknownAskMaxMs: 500,
      logger: createLogger('spec', { level: 'silent' }),
      metrics: new Metrics('spec'),
    });
    try {
      await eventually(async () => {
        const waits = 'round(extract(epoch from due_at - now()) / 60)::integer as minutes';
        const { rows } = await database.query(`select ${waits} from due_payments`);
        expect(rows).toEqual([{ minutes: 10 }]);
      }, WAIT_MS);
    } finally {
      await processor.close();
    }
  });
});
