import { OWN_STEP_TRIES_MAX } from '../payments/payment.limits.js';
import { ACTION, movingHouse, OPERATOR, UNKNOWN } from '../testing/moving-house.js';
import { call, create, PAYMENT_ID } from '../testing/payment-house.js';
import { approval, DECLINED, ScriptedGateway } from '../testing/scripted-gateway.js';
import { recordFact } from './fact-recorder.js';

const HOUR_MS = 3_600_000;

describe('the void of an action that its gateway declines', () => {
  it('is tried again so often, then waits for an operator while the gateway is asked on', async () => {
    const alpha = new ScriptedGateway('alpha').script(ACTION);
    const { runner, later, next, voids, payment } = movingHouse(alpha);
    await runner.execute(call(create(), 'k1'));
    alpha.script(...Array.from({ length: 3 * OWN_STEP_TRIES_MAX }, () => DECLINED));
    await runner.execute(call({ command: 'cancel', reason: null }, 'k2'));
    await next();
    expect(voids()).toBe(1);
    for (let tries = 0; tries < 2 * OWN_STEP_TRIES_MAX; tries += 1) {
      later(2 * HOUR_MS);
      expect((await next())?.continuation.next).toBe('after');
    }
    expect((await payment())?.stop).toEqual({ cause: 'undo_exhausted' });
    expect(voids()).toBe(OWN_STEP_TRIES_MAX);
    const lift = { command: 'resolve', reason: 'seen', operation: null } as const;
    await runner.execute(call(lift, null, OPERATOR));
    later(2 * HOUR_MS);
    await next();
    expect(voids()).toBe(OWN_STEP_TRIES_MAX + 1);
  });

  it('is of what the customer paid for meanwhile, where the gateway says so', async () => {
    const alpha = new ScriptedGateway('alpha').script(ACTION);
    const { runner, later, next, voids, payment } = movingHouse(alpha);
    await runner.execute(call(create({ captureMethod: 'manual' }), 'k1'));
    alpha.script(DECLINED);
    await runner.execute(call({ command: 'cancel', reason: null }, 'k2'));
    const [sent] = alpha.sends;
    if (sent === undefined) throw new Error('nothing was sent');
    alpha.tell(sent.key, approval(sent));
    await next();
    expect([(await payment())?.status, voids()]).toEqual(['AUTHORIZED', 1]);
    later(2 * HOUR_MS);
    await next();
    expect([(await payment())?.status, voids()]).toEqual(['CANCELLED', 2]);
  });

  it('goes on beside a broken money rule: nobody wants what the customer may still charge', async () => {
    const alpha = new ScriptedGateway('alpha').script(UNKNOWN, ACTION);
    const house = movingHouse(alpha);
    const { ports, runner, later, next, voids, payment, closeByHandAndRetry } = house;
    await runner.execute(call(create(), 'k1'));
    const first = await closeByHandAndRetry();
    // The first purchase was approved after all: it is refunded, and disputed all the same.
    alpha.tell(first.key, approval(first));
    await next();
    expect(house.alarms).toMatchObject([{ kind: 'late_approval' }]);
    alpha.script(DECLINED);
    await runner.execute(call({ command: 'cancel', reason: null }, 'k4'));
    await recordFact(ports, 'alpha', {
      id: 'f1',
      paymentId: PAYMENT_ID,
      key: first.key,
      at: ports.clock.now(),
      amount: 2500n,
      currency: 'EUR',
      kind: { type: 'dispute_opened', disputeId: 'dis_1' },
    });
    expect(await payment()).toMatchObject({
      status: 'REQUIRES_ACTION',
      stop: { cause: 'money_rule' },
    });
    later(2 * HOUR_MS);
    await next();
    expect([voids(), (await payment())?.status]).toEqual([2, 'CANCELLED']);
  });
});
