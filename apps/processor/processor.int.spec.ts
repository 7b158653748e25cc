import { jest } from '@jest/globals';
import { adoptProcessorCheckpoint } from '../../libs/orchestration/processor-checkpoint.js';
import { SystemClock } from '../../libs/platform/clock.js';
import { createLogger } from '../../libs/platform/logging.js';
import { openPool } from '../../libs/platform/postgres.js';
import { eventually } from '../../libs/testing/eventually.js';
import { call, create, house, paymentOf } from '../../libs/testing/payment-house.js';
import { approval, DECLINED, ScriptedGateway } from '../../libs/testing/scripted-gateway.js';
import { storedPayment, TestProcessors, untilStatus } from '../../libs/testing/test-processors.js';

jest.setTimeout(60_000);

const manual = create({ captureMethod: 'manual' });

describe('the processor', () => {
  let processors: TestProcessors;

  beforeAll(async () => {
    processors = await TestProcessors.open();
  });

  afterEach(() => processors.clear());
  afterAll(() => processors?.close());

  async function dueKinds(): Promise<readonly string[]> {
    const { rows } = await processors.database.query(`select kind from due_payments order by kind`);
    return rows.map(({ kind }) => String(kind));
  }

  it('asks about an unknown outcome until the gateway tells, and charges once', async () => {
    const alpha = new ScriptedGateway('alpha').script({ outcome: 'unknown', message: 'reset' });
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    const sent = alpha.sends[0];
    if (sent === undefined) throw new Error('nothing was sent');
    alpha.tell(sent.key, approval(sent));
    await processors.start(ports);
    await untilStatus(ports, 'COMPLETED');
    expect(alpha.sends).toHaveLength(1);
  });

  it('sends the same request under the same key again where the gateway never got it', async () => {
    const alpha = new ScriptedGateway('alpha').script({ outcome: 'unknown', message: 'timeout' });
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    await processors.start(ports);
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
    await processors.start(ports);
    await eventually(() => expect(asked).toBeGreaterThan(2));
    expect(alpha.sends).toHaveLength(1);
    expect((await storedPayment(ports)).status).toBe('PROCESSING');
  });

  it('takes over a call whose process died after its intent, and its mark is 202', async () => {
    const alpha = new ScriptedGateway('alpha').script(() => new Promise(() => undefined));
    const { ports, runner } = house([alpha], { gatewayTimeoutMs: 100 });
    void runner.execute(call(create(), 'k1'));
    await eventually(() => expect(alpha.sends).toHaveLength(1));
    const inFlight = await runner.execute(call(create(), 'k1'));
    expect(inFlight).toMatchObject({ kind: 'refused', code: 'IDEMPOTENCY_KEY_IN_FLIGHT' });
    await processors.start(ports);
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
    await processors.start(ports);
    await eventually(async () => expect(await dueKinds()).toEqual(['running']));
    await processors.stopLast();
    // Stands still but for one step, which comes once the second processor follows the log.
    let monotonicMs = 0;
    const clock = Object.assign(new SystemClock(), { monotonicMs: () => monotonicMs });
    await processors.start({ ...ports, clock });
    const other = call(create({ captureMethod: 'manual' }), 'k2', { paymentId: 'pay_0190bbbb' });
    await runner.execute(other);
    await eventually(async () => expect(await dueKinds()).toEqual(['due', 'running']));
    monotonicMs = 3_600_000;
    await untilStatus(ports, 'COMPLETED');
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
    await processors.start(ports);
    await untilStatus(ports, 'EXPIRED');
  });

  it('voids an authorization at the end of a window that was our own', async () => {
    const alpha = new ScriptedGateway('alpha');
    const { ports, runner } = house([alpha], { authorizationWindowS: 1 });
    await runner.execute(call(manual, 'k1'));
    await processors.start(ports);
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
    await processors.start(ports);
    await untilStatus(ports, 'FAILED');
    expect((await storedPayment(ports)).phase).toMatchObject({ code: 'action_timed_out' });
  });

  it('captures by itself when the time for it has come', async () => {
    const alpha = new ScriptedGateway('alpha');
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create({ captureMethod: 'manual', captureAfterS: 1 }), 'k1'));
    await processors.start(ports);
    await untilStatus(ports, 'COMPLETED');
    expect(alpha.books.map(({ operation }) => operation)).toEqual(['authorize', 'capture']);
  });

  it('gives back an approval of another amount than asked for', async () => {
    const alpha = new ScriptedGateway('alpha').script((sent) => approval(sent, { amount: 1250n }));
    const { ports, runner } = house([alpha]);
    const answer = paymentOf(await runner.execute(call(create(), 'k1')));
    expect([answer.status, answer.payment.failure?.code]).toEqual([201, 'partial_approval']);
    await processors.start(ports);
    await eventually(() =>
      expect(alpha.books.map(({ operation, amount }) => [operation, amount])).toEqual([
        ['purchase', 2500n],
        ['refund', 1250n],
      ]),
    );
    const stored = await storedPayment(ports);
    expect([stored.status, stored.amountCaptured]).toEqual(['FAILED', 0n]);
  });

  it('keeps its timers over a restart', async () => {
    const alpha = new ScriptedGateway('alpha');
    const { ports, runner } = house([alpha], { authorizationWindowS: 3 });
    await processors.start(ports);
    await runner.execute(call(manual, 'k1'));
    await eventually(async () => {
      const { rows } = await processors.database.query(
        `select 1 from due_payments where due_at > now() + interval '1 s'`,
      );
      expect(rows).toHaveLength(1);
    });
    await processors.stopLast();
    await processors.start(ports);
    await untilStatus(ports, 'EXPIRED');
  });

  it('is ready again once it stands by, after it could not ask for the lead', async () => {
    const { ports } = house([new ScriptedGateway('alpha')]);
    await processors.start(ports);
    await eventually(async () => {
      const { rows } = await processors.database.query('select 1 from projection_leases');
      expect(rows).toHaveLength(1);
    });
    await processors.start(ports);
    const [, standby] = processors.running;
    const trouble = () => standby?.readiness.check();
    await processors.database.query('alter table projection_leases rename to away');
    await eventually(async () => expect(await trouble()).toMatch(/stumbled/));
    // Back, and somebody else has the lead for good.
    await processors.database.query(
      `update away set holder = 'another', expires_at = now() + interval '1 day'`,
    );
    await processors.database.query('alter table away rename to projection_leases');
    await eventually(async () => expect(await trouble()).toBeNull());
  });

  it('says that it is not well, and less and less often, while it can not write', async () => {
    const { ports } = house([new ScriptedGateway('alpha')]);
    const logger = createLogger('spec', { level: 'silent' });
    const told = jest.spyOn(logger, 'error').mockImplementation(() => undefined);
    await processors.start(ports, logger);
    const trouble = () => processors.running[0]?.readiness.check();
    await processors.database.query('alter table due_payments rename to away');
    await eventually(async () => expect(await trouble()).toMatch(/stumbled/));
    const fromMs = performance.now();
    while (performance.now() - fromMs < 3_000) {
      // It leads for a moment each time, and is no better for it.
      expect(await trouble()).toMatch(/stumbled/);
      await new SystemClock().pause(20);
    }
    // Pauses of 0.1, 0.2, 0.4, 0.8 and 1.6 s.
    expect(told.mock.calls.length).toBeLessThan(8);
    await processors.database.query('alter table away rename to due_payments');
    await eventually(async () => expect(await trouble()).toBeNull(), 20_000);
  });

  it('refuses the checkpoint of another log with a sentence, until the log is adopted', async () => {
    const { ports } = house([]);
    await processors.start(ports);
    await processors.stopLast();
    const other = house([]).ports;
    await expect(processors.start(other)).rejects.toThrow(
      /checkpoint at DATABASE_URL is of the log/,
    );
    const pool = openPool({ databaseUrl: processors.database.url, applicationName: 'spec' });
    await adoptProcessorCheckpoint(pool, await other.store.logId());
    await pool.end();
    await processors.start(other);
  });

  it('leaves no row of a payment that is at rest', async () => {
    const alpha = new ScriptedGateway('alpha').script(DECLINED);
    const { ports, runner } = house([alpha]);
    await processors.start(ports);
    await runner.execute(call(create(), 'k1'));
    await eventually(async () => {
      const head = await ports.store.head();
      const { rows } = await processors.database.query(
        `select (select position from processor_checkpoint) as position, count(*)::int as due from due_payments`,
      );
      expect(rows).toEqual([{ position: head, due: 0 }]);
    });
  });
});
