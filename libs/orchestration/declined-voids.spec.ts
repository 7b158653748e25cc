import type { GatewayAnswer } from '../gateways/payment-gateway.js';
import { foldPayment } from '../payments/payment.fold.js';
import { OWN_STEP_TRIES_MAX } from '../payments/payment.limits.js';
import { paymentStream } from '../payments/payment.stream.js';
import { SystemClock } from '../platform/clock.js';
import { call, create, house, PAYMENT_ID } from '../testing/payment-house.js';
import { approval, ScriptedGateway } from '../testing/scripted-gateway.js';
import { recordFact } from './fact-recorder.js';
import { PaymentCallRunner } from './payment-call-runner.js';
import { PaymentContinuation } from './payment-continuation.js';

const HOUR_MS = 3_600_000;
const ACTION: GatewayAnswer = {
  outcome: 'requires_action',
  reference: 'r1',
  redirectUrl: 'http://127.0.0.1/act',
};
const DECLINED: GatewayAnswer = {
  outcome: 'declined',
  code: 'generic_decline',
  message: 'No.',
  authorizationGone: false,
};

const OPERATOR = { tenant: null, actor: 'operator:key_1' };
const UNKNOWN = { outcome: 'unknown', message: 'reset' } as const;

/** A house whose clock can be moved. */
function movingHouse(alpha: ScriptedGateway) {
  const { ports, store } = house([alpha]);
  let aheadMs = 0;
  const now = () => new Date(Date.now() + aheadMs).toISOString();
  const moving = { ...ports, clock: Object.assign(new SystemClock(), { now }) };
  const processor = new PaymentContinuation(moving, { unknownAskMaxMs: 500 });
  return {
    ports: moving,
    runner: new PaymentCallRunner(moving),
    later: (ms: number) => {
      aheadMs += ms;
    },
    next: () => processor.continue(PAYMENT_ID, null),
    voids: () => alpha.sends.filter(({ operation }) => operation === 'void').length,
    payment: async () => foldPayment(await store.readStream(paymentStream(PAYMENT_ID))),
  };
}

describe('the void of an action that its gateway declines', () => {
  it('is tried again so often, then waits for an operator while the gateway is asked on', async () => {
    const alpha = new ScriptedGateway('alpha').script(ACTION);
    const { runner, later, next, voids, payment } = movingHouse(alpha);
    await runner.execute(call(create(), 'k1'));
    alpha.script(...Array.from({ length: 3 * OWN_STEP_TRIES_MAX }, () => DECLINED));
    await runner.execute(call({ command: 'cancel', reason: null }, 'k2'));
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

  it('goes on beside a broken money rule: nobody wants what the customer may still charge', async () => {
    const alpha = new ScriptedGateway('alpha').script(UNKNOWN, ACTION);
    const { ports, runner, later, next, voids, payment } = movingHouse(alpha);
    await runner.execute(call(create(), 'k1'));
    const [first] = alpha.sends;
    if (first === undefined) throw new Error('nothing was sent');
    alpha.tell(first.key, UNKNOWN);
    const operation = {
      intent: 1,
      outcome: 'declined',
      amount: null,
      gatewayReference: null,
    } as const;
    await runner.execute(call({ command: 'resolve', reason: 'seen', operation }, 'k2', OPERATOR));
    await runner.execute(call({ command: 'retry', paymentMethod: null }, 'k3'));
    // The first purchase was approved after all: it is refunded, and disputed all the same.
    alpha.tell(first.key, approval(first));
    await next();
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
