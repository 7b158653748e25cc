import { startProjector, type Projector } from '../../apps/projector/projector.js';
import { ProjectedVelocity } from '../../projections/risk-velocity/query.js';
import { ProjectionWaits } from '../../projections/runner/query.js';
import { paymentStream } from '../payments/payment.stream.js';
import { createLogger } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import { openPool } from '../platform/postgres.js';
import { RuleAssessor } from '../risk/rule-assessor.js';
import { eventually } from '../testing/eventually.js';
import { call, create, house, paymentOf } from '../testing/payment-house.js';
import { card } from '../testing/plain-create.js';
import { rulesOf } from '../testing/risk-subject.js';
import { ScriptedGateway } from '../testing/scripted-gateway.js';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.js';
import { PaymentCallRunner } from './payment-call-runner.js';

describe('velocity, from the stream to the verdict', () => {
  let database: TestDatabase;
  let pool: ReturnType<typeof openPool>;
  let projector: Projector | null = null;

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
  });

  afterAll(async () => {
    await projector?.close();
    await pool.end();
    await database.dispose();
  });

  it('holds the attempt after the bound, with the count in its event, and no other token', async () => {
    const { ports } = house([new ScriptedGateway('alpha')]);
    const { store } = ports;
    const away = { velocity: 'reject', service: 'reject' } as const;
    const bound = { per: 'token', window_s: 3600, attempts_above: 3 };
    const risk = new RuleAssessor(rulesOf({ rule: 'velocity', ...bound }), {
      velocity: new ProjectedVelocity(pool),
      service: null,
      away,
      trouble: () => undefined,
    });
    const runner = new PaymentCallRunner({ ...ports, risk });
    const logger = createLogger('spec', { level: 'silent' });
    const shared = { databaseUrl: database.url, logger, metrics: new Metrics('spec') };
    projector = await startProjector({ ...shared, store, migrate: 'apply', lagMaxS: 30 });

    const pay = async (paymentId: string, name: string) => {
      const request = create({ paymentMethod: card(name) });
      const answer = paymentOf(await runner.execute(call(request, paymentId, { paymentId })));
      const position = await store.head();
      await eventually(async () => {
        const seen = await new ProjectionWaits({ pool, store }).waitFor('risk-velocity', {
          position,
        });
        expect(seen.kind).toBe('ok');
      });
      return answer.payment.status;
    };
    const statuses: string[] = [];
    for (const id of ['pay_1', 'pay_2', 'pay_3', 'pay_4']) statuses.push(await pay(id, 'tok_a'));
    expect(statuses).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED', 'UNDER_REVIEW']);
    expect(await pay('pay_5', 'tok_b')).toBe('COMPLETED');
    const [first] = await store.readStream(paymentStream('pay_4'));
    expect(first?.data['risk']).toEqual({
      verdict: 'review',
      score: 60,
      reasons: ['velocity_token_attempts: above 3 in 3600 s'],
    });
  });
});
