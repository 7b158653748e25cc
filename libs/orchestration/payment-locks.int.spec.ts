import { z } from 'zod';
import { openLock, lockVariables } from '../locking/lock-variables.js';
import type { PaymentLock } from '../locking/payment-lock.js';
import { foldPayment } from '../payments/payment.fold.js';
import { paymentStream } from '../payments/payment.stream.js';
import { loadConfig } from '../platform/config.js';
import { createLogger } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { findRedis, type RedisEngine } from '../testing/redis-server.js';
import { approval, ScriptedGateway } from '../testing/scripted-gateway.js';
import { createTestDatabase } from '../testing/test-database.js';
import { PaymentCallRunner } from './payment-call-runner.js';
import type { CallAnswer, PaymentRequest } from './payment-calls.js';
import { PaymentContinuation } from './payment-continuation.js';

const AT_ONCE = 12;
const TRIES_MAX = 400;
const AGAIN = new Set(['OPERATION_IN_PROGRESS', 'IDEMPOTENCY_KEY_IN_FLIGHT', 'CONCURRENT_UPDATE']);

interface Locks {
  /** The lock of one more process. */
  open(): Promise<PaymentLock>;
  /** Called again and again while payments are under way. */
  disturb(): Promise<void>;
  dispose(): Promise<void>;
}

const findLocks: Record<string, (() => Promise<Locks>) | null> = {
  none: async () => ({ open: () => open({ LOCK: 'none' }), ...quiet, dispose: nothing }),
  Postgres: async () => {
    const database = await createTestDatabase();
    return { open: () => open({}, database.url), ...quiet, dispose: () => database.dispose() };
  },
  Redis: withRedis(async () => undefined),
  'a Redis that is killed in between': withRedis(async (engine) => {
    await engine.kill();
    await engine.revive();
  }),
};

for (const [title, start] of Object.entries(findLocks)) {
  if (start === null) {
    describe.skip(`with ${title}: no REDIS_URLS is set and there is no redis-server here`, () => {
      it('keeps every invariant', () => undefined);
    });
  } else {
    describeUnder(title, start);
  }
}

/** Revisions and gateway keys keep money safe; the lock of the day makes no difference. */
function describeUnder(title: string, start: () => Promise<Locks>): void {
  describe(`with ${title} (I-19)`, () => {
    let locks: Locks;
    const opened: PaymentLock[] = [];

    beforeAll(async () => {
      locks = await start();
    }, 120_000);

    afterEach(async () => {
      await Promise.all(opened.splice(0).map((lock) => lock.close()));
    });

    afterAll(() => locks.dispose());

    /** Two processes on one log, and the processor beside them. */
    async function processes(alpha: ScriptedGateway) {
      const { store, ports } = house([alpha], { gatewayTimeoutMs: 500 });
      const portsOf = async () => {
        const lock = await locks.open();
        opened.push(lock);
        return { ...ports, lock };
      };
      const [one, two, third] = [await portsOf(), await portsOf(), await portsOf()];
      const runners = [new PaymentCallRunner(one), new PaymentCallRunner(two)] as const;
      const processor = new PaymentContinuation(third, { unknownAskMaxMs: 500 });
      const payment = async () => {
        const found = foldPayment(await store.readStream(paymentStream(PAYMENT_ID)));
        if (found === null) throw new Error('no such payment');
        return found;
      };
      return { store, runners, processor, payment };
    }

    it('of many captures and refunds at once no more is moved than there is', async () => {
      const alpha = new ScriptedGateway('alpha');
      const { runners, payment } = await processes(alpha);
      await runners[0].execute(call(create({ captureMethod: 'manual' }), 'k0'));
      const captures = await together(runners, { command: 'capture', amount: 1250n, final: false });
      expect(captures.filter(({ kind }) => kind === 'payment')).toHaveLength(2);
      const refunds = await together(runners, { command: 'refund', amount: 800n, reason: null });
      expect(refunds.filter(({ kind }) => kind === 'payment')).toHaveLength(3);
      const { amountCaptured, amountRefunded } = await payment();
      expect([amountCaptured, amountRefunded]).toEqual([2500n, 2400n]);
      expect([sumOf(alpha, 'capture'), sumOf(alpha, 'refund')]).toEqual([2500n, 2400n]);
    }, 60_000);

    it('of many copies of one call there is one effect and one answer', async () => {
      const alpha = new ScriptedGateway('alpha');
      const { runners } = await processes(alpha);
      await Promise.all(copies(runners, create({ captureMethod: 'manual' }), 'k0'));
      const capture = { command: 'capture', amount: null, final: false } as const;
      const answers = await Promise.all(copies(runners, capture, 'k1'));
      const bodies = answers.map((answer) => JSON.stringify(paymentOf(answer).payment));
      expect(new Set(bodies).size).toBe(1);
      expect(alpha.books.map(({ operation }) => operation)).toEqual(['authorize', 'capture']);
    }, 60_000);

    it('takes over from a process that hangs and still holds the lock', async () => {
      const alpha = new ScriptedGateway('alpha').script(
        (sent) => approval(sent),
        () => new Promise(() => undefined),
      );
      const { runners, processor, payment } = await processes(alpha);
      await runners[0].execute(call(create({ captureMethod: 'manual' }), 'k0'));
      const capture = { command: 'capture', amount: null, final: false } as const;
      void runners[0].execute(call(capture, 'k1'));
      await until(async () => alpha.sends.length === 2);
      const { revision } = await payment();
      expect((await processor.continue(PAYMENT_ID, null))?.continuation.next).toBe('running');
      await until(async () => {
        await processor.continue(PAYMENT_ID, revision);
        return (await payment()).status === 'COMPLETED';
      });
      expect(paymentOf(await runners[1].execute(call(capture, 'k1'))).status).toBe(202);
      expect(sumOf(alpha, 'capture')).toBe(2500n);
    }, 60_000);

    async function together(
      runners: readonly PaymentCallRunner[],
      request: PaymentRequest,
    ): Promise<readonly CallAnswer[]> {
      const trouble = locks.disturb();
      const keys = Array.from({ length: AT_ONCE }, (_, n) => `${request.command}-${n}`);
      const answers = keys.map((key, n) => insist(runners[n % runners.length], request, key));
      const all = await Promise.all(answers);
      await trouble;
      return all;
    }
  });
}

function copies(runners: readonly PaymentCallRunner[], request: PaymentRequest, key: string) {
  return Array.from({ length: AT_ONCE }, (_, n) =>
    insist(runners[n % runners.length], request, key),
  );
}

/** As a client does: again with the same key while others are at work on the payment. */
async function insist(
  runner: PaymentCallRunner | undefined,
  request: PaymentRequest,
  key: string,
): Promise<CallAnswer> {
  for (let tries = 0; tries < TRIES_MAX && runner !== undefined; tries += 1) {
    const answer = await runner.execute(call(request, key));
    if (answer.kind !== 'refused' || !AGAIN.has(answer.code)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 1 + (tries % 7)));
  }
  throw new Error(`${key} came to no answer`);
}

function sumOf(gateway: ScriptedGateway, wanted: string): bigint {
  return gateway.books
    .filter(({ operation }) => operation === wanted)
    .reduce((sum, { amount }) => sum + amount, 0n);
}

async function until(probe: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await probe())) {
    if (performance.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const nothing = async () => undefined;
const quiet = { disturb: nothing };

function open(env: Record<string, string>, databaseUrl: string | null = null) {
  return openLock(loadConfig(z.object(lockVariables), env), {
    databaseUrl,
    logger: createLogger('spec', { level: 'silent' }),
    metrics: new Metrics('spec'),
  });
}

function withRedis(disturb: (engine: RedisEngine) => Promise<void>): (() => Promise<Locks>) | null {
  const start = findRedis();
  if (start === null) return null;
  return async () => {
    const engine = await start();
    return {
      open: () => open({ REDIS_URLS: engine.url }),
      disturb: () => disturb(engine),
      dispose: () => engine.dispose(),
    };
  };
}
