import type { GatewayAnswer, GatewayCall } from '../gateways/payment-gateway.js';
import { SystemClock } from '../platform/clock.js';
import { derivedUuid } from '../platform/ids.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { approval, DECLINED, ScriptedGateway } from '../testing/scripted-gateway.js';
import { PaymentCallRunner } from './payment-call-runner.js';
import { PaymentContinuation } from './payment-continuation.js';

const HOUR_MS = 3_600_000;

/** A house whose process is stopped for an hour as soon as the intent of its create is stored. */
function pausedHouse(gateways: readonly ScriptedGateway[]) {
  const { ports, store } = house(gateways);
  let sleptMs = 0;
  const monotonicMs = () => performance.now() + sleptMs;
  const clock = Object.assign(new SystemClock(), { monotonicMs });
  const append = store.append.bind(store);
  const processor = new PaymentContinuation(ports, { unknownAskMaxMs: 500 });
  const runner = new PaymentCallRunner({ ...ports, clock });
  return {
    processor,
    created: async (meanwhile = async (_revision: number) => {}) => {
      store.append = async (...batch) => {
        const appended = await append(...batch);
        store.append = append;
        sleptMs = HOUR_MS;
        await meanwhile(appended.revision);
        return appended;
      };
      return paymentOf(await runner.execute(call(create(), 'k1')));
    },
  };
}

describe('a runner that is stopped between its intent and its send', () => {
  it('sends nothing once the time of its call is over; the processor goes on', async () => {
    const alpha = new ScriptedGateway('alpha');
    const bravo = new ScriptedGateway('bravo');
    const { created, processor } = pausedHouse([alpha, bravo]);
    const answer = await created();
    expect([answer.status, answer.payment.open_operation?.state]).toEqual([202, 'unknown']);
    expect([alpha.sends, bravo.sends]).toEqual([[], []]);
    await processor.continue(PAYMENT_ID, null);
    expect([alpha.books.length, bravo.books.length]).toEqual([1, 0]);
  });

  it('ends an attempt that nobody could send in its stead; the processor tries another gateway', async () => {
    const alpha = new ScriptedGateway('alpha', { keysHonouredForMs: null });
    const bravo = new ScriptedGateway('bravo');
    const { created, processor } = pausedHouse([alpha, bravo]);
    const answer = await created();
    expect([answer.status, answer.payment.attempts[0]?.outcome]).toEqual([202, 'refused']);
    await processor.continue(PAYMENT_ID, null);
    expect([alpha.books.length, bravo.books.length]).toEqual([0, 1]);
  });

  it('ends none that was taken over meanwhile: others may have gone on with it', async () => {
    const { created, processor } = pausedHouse([
      new ScriptedGateway('alpha', { keysHonouredForMs: null }),
    ]);
    const answer = await created(async (revision) => {
      await processor.continue(PAYMENT_ID, revision);
    });
    expect([answer.status, answer.payment.open_operation?.state]).toEqual([202, 'unknown']);
  });

  it('sends nothing again that a busy gateway had sent back', async () => {
    const alpha = new ScriptedGateway('alpha', { keysHonouredForMs: null });
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    let sleptMs = 0;
    const monotonicMs = () => performance.now() + sleptMs;
    const clock = Object.assign(new SystemClock(), { monotonicMs });
    clock.pause = () => {
      sleptMs = HOUR_MS;
      return Promise.resolve();
    };
    alpha.script({ outcome: 'refused', reason: 'rate_limited', message: 'busy' });
    const refund = call({ command: 'refund', amount: 500n, reason: null }, 'k2');
    const answer = paymentOf(await new PaymentCallRunner({ ...ports, clock }).execute(refund));
    expect([answer.status, answer.payment.open_operation?.state]).toEqual([202, 'unknown']);
    expect(alpha.sends).toHaveLength(2);
  });
});

/** A house in which a gateway's answer takes so long that no other call ends in time. */
function slowHouse() {
  const alpha = new ScriptedGateway('alpha', { purchase: false });
  const { ports } = house([alpha]);
  let sleptMs = 0;
  const monotonicMs = () => performance.now() + sleptMs;
  const clock = Object.assign(new SystemClock(), { monotonicMs });
  const { callDeadlineMs, gatewayTimeoutMs } = ports.settings;
  const slow = (answer: (sent: GatewayCall) => GatewayAnswer) => (sent: GatewayCall) => {
    sleptMs += callDeadlineMs - gatewayTimeoutMs + 1;
    return answer(sent);
  };
  return {
    alpha,
    slow,
    runner: new PaymentCallRunner({ ...ports, clock }),
    /** No attempt fits into its calls. */
    hurried: new PaymentCallRunner({
      ...ports,
      settings: { ...ports.settings, callDeadlineMs: 1 },
    }),
    processor: new PaymentContinuation({ ...ports, clock }, { unknownAskMaxMs: 500 }),
    sent: () => alpha.sends.map(({ operation }) => operation),
  };
}

describe('a step whose call could not end before its deadline', () => {
  it.each<[string, (house: ReturnType<typeof slowHouse>) => void, readonly string[]]>([
    ['capture', ({ alpha, slow }) => alpha.script(slow(approval)), ['authorize']],
    [
      'void',
      ({ alpha, slow }) =>
        alpha.script(
          approval,
          slow(() => DECLINED),
        ),
      ['authorize', 'capture'],
    ],
  ])('is left to the processor: a %s', async (step, scripted, before) => {
    const parts = slowHouse();
    scripted(parts);
    const answer = paymentOf(await parts.runner.execute(call(create(), 'k1')));
    expect([answer.status, answer.payment.status]).toEqual([201, 'AUTHORIZED']);
    expect(parts.sent()).toEqual(before);
    await parts.processor.continue(PAYMENT_ID, null);
    expect(parts.sent()).toEqual([...before, step]);
  });

  it('is left to the next look: what is given back', async () => {
    const { alpha, slow, hurried, processor, sent } = slowHouse();
    await hurried.execute(call(create(), 'k1'));
    expect(sent()).toEqual([]);
    alpha.script(slow((first) => approval(first, { amount: 1n })));
    await processor.continue(PAYMENT_ID, 0);
    expect(sent()).toEqual(['authorize']);
    await processor.continue(PAYMENT_ID, null);
    expect(sent()).toEqual(['authorize', 'void']);
    expect(alpha.sends[1]?.key).toBe(derivedUuid(PAYMENT_ID, 'void', 2));
  });
});
