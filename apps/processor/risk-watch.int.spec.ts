import { jest } from '@jest/globals';
import type { Pool } from 'pg';
import { foldPayment } from '../../libs/payments/payment.fold.js';
import { paymentStream } from '../../libs/payments/payment.stream.js';
import { createLogger } from '../../libs/platform/logging.js';
import { Metrics } from '../../libs/platform/metrics.js';
import { openPool } from '../../libs/platform/postgres.js';
import type { LaterRisk } from '../../libs/risk/open-risk.js';
import { RuleAssessor } from '../../libs/risk/rule-assessor.js';
import { eventually } from '../../libs/testing/eventually.js';
import { call, create, house } from '../../libs/testing/payment-house.js';
import { card } from '../../libs/testing/plain-create.js';
import { rulesOf } from '../../libs/testing/risk-subject.js';
import { ScriptedGateway } from '../../libs/testing/scripted-gateway.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { ProjectedVelocity } from '../../projections/risk-velocity/query.js';
import { startProjector } from '../projector/projector.js';
import { startProcessor } from './processor.js';

jest.setTimeout(60_000);

const WAIT_MS = 20_000;

describe('looking at authorized payments again', () => {
  let database: TestDatabase;
  let pool: Pool;
  let running: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
  });

  afterAll(async () => {
    await pool.end();
    await database.dispose();
  });

  beforeEach(async () => {
    await database.query('drop schema public cascade; create schema public');
  });

  afterEach(async () => {
    await Promise.all(running.map((process) => process.close()));
    running = [];
  });

  const shared = () => ({
    databaseUrl: database.url,
    migrate: 'apply' as const,
    logger: createLogger('spec', { level: 'silent' }),
    metrics: new Metrics('spec'),
  });

  /** Alarms from the third attempt with one token on. */
  function burst(watchS: number): LaterRisk {
    const bound = { per: 'token', window_s: 3600, attempts_above: 2 };
    const away = { velocity: 'approve', service: 'approve' } as const;
    const velocity = new ProjectedVelocity(pool);
    const sources = { velocity, service: null, away, trouble: () => undefined };
    const rules = rulesOf({ rule: 'velocity', ...bound, stage: 'async' });
    const assessor = new RuleAssessor(rules, sources, 'async');
    return { rules: assessor, withService: null, serviceStage: 'sync', watchS };
  }

  async function pay(
    { runner }: Pick<ReturnType<typeof house>, 'runner'>,
    paymentId: string,
    token: string,
  ): Promise<void> {
    const request = create({ captureMethod: 'manual', paymentMethod: card(token) });
    await runner.execute(call(request, paymentId, { paymentId }));
  }

  async function statusOf({ store }: Pick<ReturnType<typeof house>, 'store'>, id: string) {
    return foldPayment(await store.readStream(paymentStream(id)))?.status;
  }

  it('puts a burst that the first look could not see to a person, and leaves others alone', async () => {
    const home = house([new ScriptedGateway('alpha')]);
    // The read model is there, and behind.
    const projector = await startProjector({ ...shared(), store: home.store, lagMaxS: 30 });
    await projector.close();
    const ids = ['pay_1', 'pay_2', 'pay_3'];
    for (const id of ids) await pay(home, id, 'tok_burst');
    await pay(home, 'pay_4', 'tok_calm');
    const laterRisk = burst(0);
    running.push(await startProcessor({ ...shared(), ...home, unknownAskMaxMs: 500, laterRisk }));
    await eventually(async () => expect(await looksMissed()).toBe(4), WAIT_MS);
    running.push(await startProjector({ ...shared(), store: home.store, lagMaxS: 30 }));
    await eventually(async () => {
      const statuses = await Promise.all(ids.map((id) => statusOf(home, id)));
      expect(statuses).toEqual(['UNDER_REVIEW', 'UNDER_REVIEW', 'UNDER_REVIEW']);
    }, WAIT_MS);
    await eventually(async () => expect(await rowsLeft()).toBe(0), WAIT_MS);
    expect(await statusOf(home, 'pay_4')).toBe('AUTHORIZED');
    const events = await home.store.readStream(paymentStream('pay_1'));
    expect(events.at(-1)).toMatchObject({
      type: 'ReviewRequested',
      data: {
        origin: 'AUTHORIZED',
        reasons: ['velocity_token_attempts: above 2 in 3600 s'],
      },
      metadata: { actor: 'system:risk' },
    });
  });

  it('keeps a payment in sight for a while, since a burst may come after it', async () => {
    const home = house([new ScriptedGateway('alpha')]);
    const laterRisk = burst(3600);
    running.push(await startProjector({ ...shared(), store: home.store, lagMaxS: 30 }));
    running.push(await startProcessor({ ...shared(), ...home, unknownAskMaxMs: 500, laterRisk }));
    await pay(home, 'pay_1', 'tok_burst');
    await eventually(async () => expect(await looksAhead()).toEqual(['pay_1']), WAIT_MS);
    await pay(home, 'pay_2', 'tok_burst');
    await pay(home, 'pay_3', 'tok_burst');
    await eventually(
      async () => expect(await statusOf(home, 'pay_1')).toBe('UNDER_REVIEW'),
      WAIT_MS,
    );
  });

  it('notes nothing where nothing is looked for', async () => {
    const home = house([new ScriptedGateway('alpha')]);
    await pay(home, 'pay_1', 'tok_burst');
    running.push(await startProcessor({ ...shared(), ...home, unknownAskMaxMs: 500 }));
    const head = await home.store.head();
    await eventually(async () => {
      const { rows } = await pool.query<{ position: string }>(
        'select position from processor_checkpoint',
      );
      expect(rows[0]?.position).toBe(head);
    }, WAIT_MS);
    expect(await rowsLeft()).toBe(0);
  });

  async function looksMissed(): Promise<number> {
    const { rows } = await pool.query<{ count: number }>(
      'select count(*)::integer as count from risk_watch where asks > 0',
    );
    return rows[0]?.count ?? -1;
  }

  async function rowsLeft(): Promise<number> {
    const { rows } = await pool.query<{ count: number }>(
      'select count(*)::integer as count from risk_watch',
    );
    return rows[0]?.count ?? -1;
  }

  /** Payments whose next look stands further ahead than a first one, or one after a miss. */
  async function looksAhead(): Promise<readonly string[]> {
    const { rows } = await pool.query<{ payment_id: string }>(
      `select payment_id from risk_watch
        where asks = 0 and due_at between now() + interval '2 s' and now() + interval '50 s'`,
    );
    return rows.map(({ payment_id: id }) => id);
  }
});
