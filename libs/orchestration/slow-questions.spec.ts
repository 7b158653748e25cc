import type { GatewayAnswer } from '../gateways/payment-gateway.js';
import { foldPayment } from '../payments/payment.fold.js';
import { paymentStream } from '../payments/payment.stream.js';
import { SystemClock } from '../platform/clock.js';
import { call, create, house, PAYMENT_ID } from '../testing/payment-house.js';
import { ScriptedGateway } from '../testing/scripted-gateway.js';
import { DEFAULT_ORCHESTRATION_SETTINGS } from './orchestration.js';
import { PaymentCallRunner } from './payment-call-runner.js';
import { PaymentContinuation } from './payment-continuation.js';

const HOUR_MS = 3_600_000;
const OPERATOR = { tenant: null, actor: 'operator:key_1' };
const UNKNOWN: GatewayAnswer = { outcome: 'unknown', message: 'reset' };
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

/** A house in which every question takes so long, and whose clock can be moved. */
function slowHouse(alpha: ScriptedGateway, questionMs: number) {
  const { ports, store } = house([alpha]);
  let [aheadMs, askedMs] = [0, 0];
  const now = () => new Date(Date.now() + aheadMs).toISOString();
  const monotonicMs = () => performance.now() + askedMs;
  const moving = { ...ports, clock: Object.assign(new SystemClock(), { now, monotonicMs }) };
  const word = alpha.ask.bind(alpha);
  alpha.ask = (asked) => {
    askedMs += questionMs;
    return word(asked);
  };
  const processor = new PaymentContinuation(moving, { unknownAskMaxMs: 500 });
  return {
    runner: new PaymentCallRunner(moving),
    later: (ms: number) => {
      aheadMs += ms;
    },
    next: () => processor.continue(PAYMENT_ID, null),
    payment: async () => foldPayment(await store.readStream(paymentStream(PAYMENT_ID))),
  };
}

describe('what is due behind a question that takes all its time', () => {
  it('is done beside one about what an operator closed by hand', async () => {
    const alpha = new ScriptedGateway('alpha').script(UNKNOWN);
    const { runner, later, next, payment } = slowHouse(
      alpha,
      DEFAULT_ORCHESTRATION_SETTINGS.gatewayTimeoutMs,
    );
    await runner.execute(call(create({ captureMethod: 'manual', captureAfterS: 60 }), 'k1'));
    const [sent] = alpha.sends;
    if (sent === undefined) throw new Error('nothing was sent');
    alpha.tell(sent.key, UNKNOWN);
    const operation = {
      intent: 1,
      outcome: 'declined',
      amount: null,
      gatewayReference: null,
    } as const;
    await runner.execute(call({ command: 'resolve', reason: 'seen', operation }, 'k2', OPERATOR));
    await runner.execute(call({ command: 'retry', paymentMethod: null }, 'k3'));
    expect((await payment())?.status).toBe('AUTHORIZED');
    later(HOUR_MS);
    await next();
    expect((await payment())?.status).toBe('COMPLETED');
  });

  it('is sent once its intent is stored', async () => {
    const alpha = new ScriptedGateway('alpha', { keysHonouredForMs: null });
    const { runner, later, next, payment } = slowHouse(alpha.script(ACTION, DECLINED), HOUR_MS);
    await runner.execute(call(create(), 'k1'));
    await runner.execute(call({ command: 'cancel', reason: null }, 'k2'));
    later(HOUR_MS);
    await next();
    expect((await payment())?.status).toBe('CANCELLED');
  });
});
