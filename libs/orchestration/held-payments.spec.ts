import { PaymentLock } from '../locking/payment-lock.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { approval, ScriptedGateway } from '../testing/scripted-gateway.js';
import { PaymentContinuation } from './payment-continuation.js';

/** Counts what is asked of it, and is held by somebody while a spec says so. */
class CountingLock extends PaymentLock {
  asked = 0;
  held = false;
  /** So many are sent away first. */
  heldFor = 0;

  override async withLock<T>(_key: string, work: () => Promise<T>): Promise<T | 'busy'> {
    this.asked += 1;
    return this.held || this.heldFor-- > 0 ? 'busy' : await work();
  }

  override async close(): Promise<void> {}
}

const manual = create({ captureMethod: 'manual' });
const capture = { command: 'capture', amount: null, final: false } as const;

describe('a payment whose lock somebody holds', () => {
  it('a new payment, a repeat and a dry run ask for none', async () => {
    const lock = new CountingLock();
    const { runner } = house([new ScriptedGateway('alpha')], {}, { lock });
    await runner.execute(call(create(), 'k1'));
    await runner.execute(call(create(), 'k1'));
    await runner.execute(call(capture, null, { dryRun: true }));
    expect(lock.asked).toBe(0);
  });

  it('nor does a stranger, who could keep its owner away', async () => {
    const lock = new CountingLock();
    const { runner } = house([new ScriptedGateway('alpha')], {}, { lock });
    await runner.execute(call(manual, 'k1'));
    await runner.execute(call(capture, 'k2', { tenant: 'mer_two' }));
    expect(lock.asked).toBe(0);
  });

  it('a call goes on without where the stream shows nobody at work', async () => {
    const lock = new CountingLock();
    const { runner } = house([new ScriptedGateway('alpha')], {}, { lock });
    await runner.execute(call(manual, 'k1'));
    lock.held = true;
    const answer = paymentOf(await runner.execute(call(capture, 'k2')));
    expect([answer.status, answer.payment.status, lock.asked]).toEqual([200, 'COMPLETED', 2]);
  });

  it('a call whose second look finds the lock free does its work once', async () => {
    const lock = new CountingLock();
    const alpha = new ScriptedGateway('alpha');
    const { runner } = house([alpha], {}, { lock });
    await runner.execute(call(manual, 'k1'));
    lock.heldFor = 1;
    const part = { ...capture, amount: 1000n };
    const answer = paymentOf(await runner.execute(call(part, 'k2')));
    expect([answer.payment.amount_captured, lock.asked, alpha.sends.length]).toEqual([1000, 2, 2]);
  });

  it('a call that meets one under way is refused without an append', async () => {
    const lock = new CountingLock();
    let finish: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const alpha = new ScriptedGateway('alpha');
    const { runner, store } = house([alpha], {}, { lock });
    await runner.execute(call(manual, 'k1'));
    alpha.script(async (sent) => {
      await gate;
      return approval(sent);
    });
    const first = runner.execute(call(capture, 'k2'));
    lock.held = true;
    const append = store.append.bind(store);
    let appends = 0;
    store.append = (...batch) => {
      appends += 1;
      return append(...batch);
    };
    const second = await runner.execute(call(capture, 'k3'));
    expect(second).toMatchObject({ code: 'OPERATION_IN_PROGRESS', retryAfterS: 1 });
    // Only the first call's own intent.
    expect(appends).toBe(1);
    finish();
    expect(paymentOf(await first).payment.status).toBe('COMPLETED');
  });

  it('the processor lets its holder go first a few times, then works all the same', async () => {
    const lock = new CountingLock();
    const alpha = new ScriptedGateway('alpha').script({ outcome: 'unknown', message: 'reset' });
    const { runner, ports } = house([alpha], {}, { lock });
    await runner.execute(call(create(), 'k1'));
    lock.held = true;
    const processor = new PaymentContinuation(ports, { unknownAskMaxMs: 500 });
    for (let yields = 0; yields < 3; yields += 1) {
      const continued = await processor.continue(PAYMENT_ID, null);
      expect(continued?.continuation.next).toBe('after');
      expect(alpha.sends).toHaveLength(1);
    }
    const continued = await processor.continue(PAYMENT_ID, null);
    expect([continued?.continuation.next, alpha.sends.length]).toEqual(['never', 2]);
  });
});
