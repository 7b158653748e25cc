import { jest } from '@jest/globals';
import { SystemClock } from '../../libs/platform/clock.js';
import { createLogger } from '../../libs/platform/logging.js';
import { Metrics } from '../../libs/platform/metrics.js';
import { eventually } from '../../libs/testing/eventually.js';
import { call, create, house } from '../../libs/testing/payment-house.js';
import { approval, ScriptedGateway } from '../../libs/testing/scripted-gateway.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { TestProcessors, untilStatus } from '../../libs/testing/test-processors.js';
import { PaymentCallRunner } from '../../libs/orchestration/payment-call-runner.js';
import { startProcessor } from './processor.js';

jest.setTimeout(60_000);

/** Everything that Postgres' clock has written, as if it had been an hour ahead. */
const SET_BACK = `
  update projection_leases
     set renewed_at = renewed_at + interval '1 hour', expires_at = expires_at + interval '1 hour';
  update due_payments set due_at = due_at + interval '1 hour'`;
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

describe("a processor when Postgres' clock is set back", () => {
  let processors: TestProcessors;

  beforeAll(async () => {
    processors = await TestProcessors.open();
  });

  afterEach(() => processors.clear());
  afterAll(() => processors?.close());

  it('goes on asking at once, and not when the clock has come there again (I-33)', async () => {
    const alpha = new ScriptedGateway('alpha').script({ outcome: 'unknown', message: 'reset' });
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create({ captureMethod: 'manual' }), 'k1'));
    const [sent] = alpha.sends;
    if (sent === undefined) throw new Error('nothing was sent');
    alpha.ask = () => Promise.resolve({ outcome: 'unknown', message: 'still away' });
    await processors.start(ports);
    await eventually(async () => {
      const { rows } = await processors.database.query('select 1 from due_payments');
      expect(rows).toHaveLength(1);
    }, WAIT_MS);

    await processors.database.query(SET_BACK);
    alpha.ask = () => Promise.resolve(approval(sent));

    await untilStatus(ports, 'AUTHORIZED');
  });
});
