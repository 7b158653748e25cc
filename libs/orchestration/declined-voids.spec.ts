import type { GatewayAnswer } from '../gateways/payment-gateway.js';
import { foldPayment } from '../payments/payment.fold.js';
import { OWN_STEP_TRIES_MAX } from '../payments/payment.limits.js';
import { paymentStream } from '../payments/payment.stream.js';
import { SystemClock } from '../platform/clock.js';
import { call, create, house, PAYMENT_ID } from '../testing/payment-house.js';
import { ScriptedGateway } from '../testing/scripted-gateway.js';
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

describe('the void of an action that its gateway declines', () => {
  it('is tried again so often, then waits for an operator while the gateway is asked on', async () => {
    const alpha = new ScriptedGateway('alpha').script(ACTION);
    const { ports, store } = house([alpha]);
    let aheadMs = 0;
    const now = () => new Date(Date.now() + aheadMs).toISOString();
    const moving = { ...ports, clock: Object.assign(new SystemClock(), { now }) };
    const runner = new PaymentCallRunner(moving);
    const processor = new PaymentContinuation(moving, { unknownAskMaxMs: 500 });
    const voids = () => alpha.sends.filter(({ operation }) => operation === 'void').length;
    const payment = async () => foldPayment(await store.readStream(paymentStream(PAYMENT_ID)));
    await runner.execute(call(create(), 'k1'));
    alpha.script(...Array.from({ length: 3 * OWN_STEP_TRIES_MAX }, () => DECLINED));
    await runner.execute(call({ command: 'cancel', reason: null }, 'k2'));
    for (let tries = 0; tries < 2 * OWN_STEP_TRIES_MAX; tries += 1) {
      aheadMs += 2 * HOUR_MS;
      const continued = await processor.continue(PAYMENT_ID, null);
      expect(continued?.continuation.next).toBe('after');
    }
    expect((await payment())?.stop).toEqual({ cause: 'undo_exhausted' });
    expect(voids()).toBe(OWN_STEP_TRIES_MAX);
    const lift = { command: 'resolve', reason: 'seen', operation: null } as const;
    await runner.execute(call(lift, null, { tenant: null, actor: 'operator:key_1' }));
    aheadMs += 2 * HOUR_MS;
    await processor.continue(PAYMENT_ID, null);
    expect(voids()).toBe(OWN_STEP_TRIES_MAX + 1);
  });
});
