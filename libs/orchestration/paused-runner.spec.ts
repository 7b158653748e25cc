import { SystemClock } from '../platform/clock.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { ScriptedGateway } from '../testing/scripted-gateway.js';
import { PaymentCallRunner } from './payment-call-runner.js';
import { PaymentContinuation } from './payment-continuation.js';

const HOUR_MS = 3_600_000;

describe('a runner that is stopped between its intent and its send', () => {
  it('sends nothing once the time of its call is over; the processor goes on', async () => {
    const alpha = new ScriptedGateway('alpha');
    const bravo = new ScriptedGateway('bravo');
    const { ports, store } = house([alpha, bravo]);
    let sleptMs = 0;
    const monotonicMs = () => performance.now() + sleptMs;
    const clock = Object.assign(new SystemClock(), { monotonicMs });
    const append = store.append.bind(store);
    store.append = async (...batch) => {
      const appended = await append(...batch);
      sleptMs = HOUR_MS;
      return appended;
    };
    const answer = paymentOf(
      await new PaymentCallRunner({ ...ports, clock }).execute(call(create(), 'k1')),
    );
    expect([answer.status, answer.payment.open_operation?.state]).toEqual([202, 'unknown']);
    expect([alpha.sends, bravo.sends]).toEqual([[], []]);
    await new PaymentContinuation(ports, { unknownAskMaxMs: 500 }).continue(PAYMENT_ID, null);
    expect([alpha.books.length, bravo.books.length]).toEqual([1, 0]);
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
