import { jest } from '@jest/globals';
import { GatewayUnreachable, type GatewayFact } from '../../libs/gateways/payment-gateway.js';
import type { OrchestrationPorts } from '../../libs/orchestration/orchestration.js';
import { foldPayment } from '../../libs/payments/payment.fold.js';
import { paymentStream } from '../../libs/payments/payment.stream.js';
import { adoptProcessorCheckpoint } from '../../libs/orchestration/processor-checkpoint.js';
import { SystemClock } from '../../libs/platform/clock.js';
import { openPool } from '../../libs/platform/postgres.js';
import { createLogger } from '../../libs/platform/logging.js';
import { Metrics } from '../../libs/platform/metrics.js';
import { eventually } from '../../libs/testing/eventually.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../../libs/testing/payment-house.js';
import { approval, ScriptedGateway } from '../../libs/testing/scripted-gateway.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { startProcessor, type Processor } from './processor.js';

jest.setTimeout(60_000);

const manual = create({ captureMethod: 'manual' });
const DECLINED = {
  outcome: 'declined',
  code: 'do_not_honor',
  message: 'no',
  authorizationGone: false,
} as const;

describe('the processor', () => {
  let database: TestDatabase;
  let running: Processor[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(async () => {
    await database.dispose();
  });

  beforeEach(async () => {
    await database.query('drop schema public cascade; create schema public');
  });

  afterEach(async () => {
    await Promise.all(running.map((processor) => processor.close()));
    running = [];
  });

  async function start(ports: OrchestrationPorts): Promise<void> {
    const processor = await startProcessor({
      databaseUrl: database.url,
      migrate: 'apply',
      ports,
      unknownAskMaxMs: 500,
      logger: createLogger('spec', { level: 'silent' }),
      metrics: new Metrics('spec'),
    });
    running.push(processor);
  }

  async function payment(ports: OrchestrationPorts) {
    const found = foldPayment(await ports.store.readStream(paymentStream(PAYMENT_ID)));
    if (found === null) throw new Error('no such payment');
    return found;
  }

  async function dueKinds(): Promise<readonly string[]> {
    const { rows } = await database.query(`select kind from due_payments order by kind`);
    return rows.map(({ kind }) => String(kind));
  }

  async function untilStatus(ports: OrchestrationPorts, status: string): Promise<void> {
    await eventually(async () => expect((await payment(ports)).status).toBe(status), 20_000);
  }

  it('asks about an unknown outcome until the gateway tells, and charges once', async () => {
    const alpha = new ScriptedGateway('alpha').script({ outcome: 'unknown', message: 'reset' });
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    const sent = alpha.sends[0];
    if (sent === undefined) throw new Error('nothing was sent');
    alpha.tell(sent.key, approval(sent));
    await start(ports);
    await untilStatus(ports, 'COMPLETED');
    expect(alpha.sends).toHaveLength(1);
  });

  it('sends the same request under the same key again where the gateway never got it', async () => {
    const alpha = new ScriptedGateway('alpha').script({ outcome: 'unknown', message: 'timeout' });
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    await start(ports);
    await untilStatus(ports, 'COMPLETED');
    expect(new Set(alpha.sends.map(({ key }) => key)).size).toBe(1);
    expect(alpha.books).toHaveLength(1);
  });

  it('never sends again where the gateway does not honour keys', async () => {
    const alpha = new ScriptedGateway('alpha', { keysHonouredForMs: null }).script({
      outcome: 'unknown',
      message: 'timeout',
    });
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    let asked = 0;
    const ask = alpha.ask.bind(alpha);
    alpha.ask = (sent) => {
      asked += 1;
      return ask(sent);
    };
    await start(ports);
    await eventually(() => expect(asked).toBeGreaterThan(2));
    expect(alpha.sends).toHaveLength(1);
    expect((await payment(ports)).status).toBe('PROCESSING');
  });

  it('takes over a call whose process died after its intent, and its mark is 202', async () => {
    const alpha = new ScriptedGateway('alpha').script(() => new Promise(() => undefined));
    const { ports, runner } = house([alpha], { gatewayTimeoutMs: 100 });
    void runner.execute(call(create(), 'k1'));
    await eventually(() => expect(alpha.sends).toHaveLength(1));
    const inFlight = await runner.execute(call(create(), 'k1'));
    expect(inFlight).toMatchObject({ kind: 'refused', code: 'IDEMPOTENCY_KEY_IN_FLIGHT' });
    await start(ports);
    await untilStatus(ports, 'COMPLETED');
    const repeat = paymentOf(await runner.execute(call(create(), 'k1')));
    expect([repeat.status, repeat.payment.status]).toEqual([202, 'PROCESSING']);
    expect(alpha.books).toHaveLength(1);
  });

  it('counts the time of a call that a dead process left from its own start, not from when its row is due', async () => {
    const alpha = new ScriptedGateway('alpha').script(() => new Promise(() => undefined));
    const { ports, runner } = house([alpha], { gatewayTimeoutMs: 100 });
    void runner.execute(call(create(), 'k1'));
    await eventually(() => expect(alpha.sends).toHaveLength(1));
    await start(ports);
    await eventually(async () => expect(await dueKinds()).toEqual(['running']));
    await running.pop()?.close();
    // Stands still but for one step, which comes once the second processor follows the log.
    let monotonicMs = 0;
    const clock = Object.assign(new SystemClock(), { monotonicMs: () => monotonicMs });
    await start({ ...ports, clock });
    const other = call(create({ captureMethod: 'manual' }), 'k2', { paymentId: 'pay_0190bbbb' });
    await runner.execute(other);
    await eventually(async () => expect(await dueKinds()).toEqual(['due', 'running']));
    monotonicMs = 3_600_000;
    await untilStatus(ports, 'COMPLETED');
  });

  it('leaves a call to its runner when a fact of an older operation comes meanwhile', async () => {
    const alpha = new ScriptedGateway('alpha').script(
      (sent) => approval(sent),
      { outcome: 'pending', reference: 'r2' },
      () => new Promise(() => undefined),
    );
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    await runner.execute(call(refund(100n), 'k2'));
    void runner.execute(call(refund(200n), 'k3'));
    await eventually(() => expect(alpha.sends).toHaveLength(3));
    const { key } = alpha.sends[1] ?? { key: '' };
    alpha.feed.push({ ...fact('f1', key, { type: 'refund_succeeded' }), amount: 100n });
    await start(ports);
    await eventually(async () => {
      const stored = await ports.store.readStream(paymentStream(PAYMENT_ID));
      expect(stored.at(-1)?.type).toBe('RefundSucceeded');
      const { rows } = await database.query(`select kind, revision from due_payments`);
      expect(rows).toEqual([{ kind: 'running', revision: stored.at(-1)?.revision }]);
    });
  });

  it('takes over what its process left also where a fact came behind its intent', async () => {
    const alpha = new ScriptedGateway('alpha').script(
      (sent) => approval(sent),
      (sent) => approval(sent, { settled: false }),
      () => new Promise(() => undefined),
    );
    const { ports, runner } = house([alpha], { gatewayTimeoutMs: 100 });
    await runner.execute(call(manual, 'k1'));
    await runner.execute(call(capture(1000n), 'k2'));
    void runner.execute(call(capture(1500n), 'k3'));
    await eventually(() => expect(alpha.sends).toHaveLength(3));
    const { key } = alpha.sends[1] ?? { key: '' };
    alpha.feed.push({ ...fact('f1', key, { type: 'settled' }), amount: 1000n });
    await start(ports);
    await untilStatus(ports, 'COMPLETED');
    expect(alpha.books).toHaveLength(3);
  });

  it('lets an authorization expire once the gateway says that it is gone', async () => {
    const alpha = new ScriptedGateway('alpha').script((sent) =>
      approval(sent, { expiresAt: new Date(Date.now() + 300).toISOString() }),
    );
    const { ports, runner } = house([alpha]);
    await runner.execute(call(manual, 'k1'));
    const sent = alpha.sends[0];
    if (sent === undefined) throw new Error('nothing was sent');
    alpha.tell(sent.key, approval(sent, { authorizationGone: true }));
    await start(ports);
    await untilStatus(ports, 'EXPIRED');
  });

  it('voids an authorization at the end of a window that was our own', async () => {
    const alpha = new ScriptedGateway('alpha');
    const { ports, runner } = house([alpha], { authorizationWindowS: 1 });
    await runner.execute(call(manual, 'k1'));
    await start(ports);
    await untilStatus(ports, 'EXPIRED');
    expect(alpha.books.map(({ operation }) => operation)).toEqual(['authorize', 'void']);
  });

  it('voids an action that nobody finished in time', async () => {
    const alpha = new ScriptedGateway('alpha').script({
      outcome: 'requires_action',
      reference: 'r1',
      redirectUrl: 'http://127.0.0.1/act',
    });
    const { ports, runner } = house([alpha], { actionTimeoutS: 1 });
    await runner.execute(call(create(), 'k1'));
    await start(ports);
    await untilStatus(ports, 'FAILED');
    expect((await payment(ports)).phase).toMatchObject({ code: 'action_timed_out' });
  });

  it('captures by itself when the time for it has come', async () => {
    const alpha = new ScriptedGateway('alpha');
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create({ captureMethod: 'manual', captureAfterS: 1 }), 'k1'));
    await start(ports);
    await untilStatus(ports, 'COMPLETED');
    expect(alpha.books.map(({ operation }) => operation)).toEqual(['authorize', 'capture']);
  });

  it('gives back an approval of another amount than asked for', async () => {
    const alpha = new ScriptedGateway('alpha').script((sent) => approval(sent, { amount: 1250n }));
    const { ports, runner } = house([alpha]);
    const answer = paymentOf(await runner.execute(call(create(), 'k1')));
    expect([answer.status, answer.payment.failure?.code]).toEqual([201, 'partial_approval']);
    await start(ports);
    await eventually(() =>
      expect(alpha.books.map(({ operation, amount }) => [operation, amount])).toEqual([
        ['purchase', 2500n],
        ['refund', 1250n],
      ]),
    );
    const stored = await payment(ports);
    expect([stored.status, stored.amountCaptured]).toEqual(['FAILED', 0n]);
  });

  it('records the facts of a feed once, also when two processors read it', async () => {
    const alpha = new ScriptedGateway('alpha').script((sent) => approval(sent, { settled: false }));
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    const { key } = alpha.sends[0] ?? { key: '' };
    alpha.feed.push(fact('f1', key, { type: 'settled' }));
    alpha.feed.push(fact('f2', key, { type: 'dispute_opened', disputeId: 'dp_1' }));
    alpha.feed.push(fact('f3', key, { type: 'dispute_won', disputeId: 'dp_1' }));
    await Promise.all([start(ports), start(ports)]);
    await eventually(async () =>
      expect(
        (await ports.store.readStream(paymentStream(PAYMENT_ID))).map(({ type }) => type),
      ).toEqual([
        'PaymentInitiated',
        'PurchaseRequested',
        'PurchaseApproved',
        'CaptureSettled',
        'DisputeOpened',
        'DisputeWon',
      ]),
    );
    expect((await payment(ports)).status).toBe('COMPLETED');
  });

  it('a feed that is away holds up no other, and is read once it is back', async () => {
    const alpha = new ScriptedGateway('alpha').script(DECLINED);
    const bravo = new ScriptedGateway('bravo').script((sent) => approval(sent, { settled: false }));
    const { ports, runner } = house([alpha, bravo]);
    const facts = alpha.facts.bind(alpha);
    let asked = 0;
    alpha.facts = async () => {
      asked += 1;
      throw new GatewayUnreachable('away');
    };
    await runner.execute(call(create(), 'k1'));
    const { key } = bravo.sends[0] ?? { key: '' };
    bravo.feed.push(fact('f1', key, { type: 'settled' }));
    await start(ports);
    await eventually(() => expect(asked).toBeGreaterThan(0));
    await untilStatus(ports, 'COMPLETED');
    let read = false;
    alpha.facts = async (cursor) => {
      read = true;
      return await facts(cursor);
    };
    await eventually(() => expect(read).toBe(true));
  });

  it('reads on behind a page of a feed that holds nothing of ours', async () => {
    const alpha = new ScriptedGateway('alpha').script((sent) => approval(sent, { settled: false }));
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    const { key } = alpha.sends[0] ?? { key: '' };
    const settled = fact('f1', key, { type: 'settled' });
    alpha.facts = async (cursor) => {
      if (cursor === null) return await Promise.resolve({ facts: [], cursor: 'others' });
      return { facts: cursor === 'others' ? [settled] : [], cursor: 'end' };
    };
    await start(ports);
    await untilStatus(ports, 'COMPLETED');
  });

  it('keeps its timers over a restart', async () => {
    const alpha = new ScriptedGateway('alpha');
    const { ports, runner } = house([alpha], { authorizationWindowS: 3 });
    await start(ports);
    await runner.execute(call(manual, 'k1'));
    await eventually(async () => {
      const { rows } = await database.query(
        `select 1 from due_payments where due_at > now() + interval '1 s'`,
      );
      expect(rows).toHaveLength(1);
    });
    await running.pop()?.close();
    await start(ports);
    await untilStatus(ports, 'EXPIRED');
  });

  it('is ready again once it stands by, after it could not ask for the lead', async () => {
    const { ports } = house([new ScriptedGateway('alpha')]);
    await start(ports);
    await eventually(async () => {
      const { rows } = await database.query('select 1 from projection_leases');
      expect(rows).toHaveLength(1);
    });
    await start(ports);
    const [, standby] = running;
    const trouble = () => standby?.readiness.check();
    await database.query('alter table projection_leases rename to away');
    await eventually(async () => expect(await trouble()).toMatch(/stumbled/));
    // Back, and somebody else has the lead for good.
    await database.query(
      `update away set holder = 'another', expires_at = now() + interval '1 day'`,
    );
    await database.query('alter table away rename to projection_leases');
    await eventually(async () => expect(await trouble()).toBeNull());
  });

  it('refuses the checkpoint of another log with a sentence, until the log is adopted', async () => {
    const { ports } = house([]);
    await start(ports);
    await running.pop()?.close();
    const other = house([]).ports;
    await expect(start(other)).rejects.toThrow(/checkpoint at DATABASE_URL is of the log/);
    const pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
    await adoptProcessorCheckpoint(pool, await other.store.logId());
    await pool.end();
    await start(other);
  });

  it('goes to another gateway when the feed tells that the action was declined', async () => {
    const alpha = new ScriptedGateway('alpha').script({
      outcome: 'requires_action',
      reference: 'r1',
      redirectUrl: 'http://127.0.0.1/act',
    });
    const bravo = new ScriptedGateway('bravo');
    const { ports, runner } = house([alpha, bravo]);
    await runner.execute(call(create(), 'k1'));
    const { key } = alpha.sends[0] ?? { key: '' };
    alpha.feed.push(
      fact('f1', key, { type: 'operation_declined', code: 'do_not_honor', message: 'no' }),
    );
    await start(ports);
    await untilStatus(ports, 'COMPLETED');
    expect(bravo.books).toHaveLength(1);
  });

  it('leaves no row of a payment that is at rest', async () => {
    const alpha = new ScriptedGateway('alpha').script(DECLINED);
    const { ports, runner } = house([alpha]);
    await start(ports);
    await runner.execute(call(create(), 'k1'));
    await eventually(async () => {
      const head = await ports.store.head();
      const { rows } = await database.query(
        `select (select position from processor_checkpoint) as position, count(*)::int as due from due_payments`,
      );
      expect(rows).toEqual([{ position: head, due: 0 }]);
    });
  });
});

function capture(amount: bigint) {
  return { command: 'capture', amount, final: false } as const;
}

function refund(amount: bigint) {
  return { command: 'refund', amount, reason: null } as const;
}

function fact(id: string, key: string, kind: GatewayFact['kind']): GatewayFact {
  const at = new Date().toISOString();
  return { id, paymentId: PAYMENT_ID, key, at, amount: 2500n, currency: 'EUR', kind };
}
