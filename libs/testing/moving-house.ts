import type { GatewayAnswer, GatewayCall } from '../gateways/payment-gateway.js';
import type { PaymentAlarm } from '../orchestration/orchestration.js';
import { PaymentCallRunner } from '../orchestration/payment-call-runner.js';
import { PaymentContinuation } from '../orchestration/payment-continuation.js';
import type { Payment } from '../payments/payment.state.js';
import { foldPayment } from '../payments/payment.fold.js';
import { paymentStream } from '../payments/payment.stream.js';
import { SystemClock } from '../platform/clock.js';
import { call, house, PAYMENT_ID } from './payment-house.js';
import type { ScriptedGateway } from './scripted-gateway.js';

export const OPERATOR = { tenant: null, actor: 'operator:key_1' };
export const UNKNOWN: GatewayAnswer = { outcome: 'unknown', message: 'reset' };
/** The customer has to act. */
export const ACTION: GatewayAnswer = {
  outcome: 'requires_action',
  reference: 'r1',
  redirectUrl: 'http://127.0.0.1/act',
};

/** A house around one gateway, whose clock can be moved, and in which every question takes `questionMs`. */
export function movingHouse(alpha: ScriptedGateway, questionMs = 0) {
  const { ports, store } = house([alpha]);
  let [aheadMs, askedMs] = [0, 0];
  const now = () => new Date(Date.now() + aheadMs).toISOString();
  const monotonicMs = () => performance.now() + askedMs;
  const alarms: PaymentAlarm[] = [];
  const moving = {
    ...ports,
    clock: Object.assign(new SystemClock(), { now, monotonicMs }),
    alarm: (alarm: PaymentAlarm) => void alarms.push(alarm),
  };
  const ask = alpha.ask.bind(alpha);
  alpha.ask = (asked) => {
    askedMs += questionMs;
    return ask(asked);
  };
  const runner = new PaymentCallRunner(moving);
  const processor = new PaymentContinuation(moving, { unknownAskMaxMs: 500 });
  return {
    ports: moving,
    alarms,
    runner,
    later: (ms: number): void => {
      aheadMs += ms;
    },
    /** What the processor does when it comes by. */
    next: () => processor.continue(PAYMENT_ID, null),
    voids: (): number => alpha.sends.filter(({ operation }) => operation === 'void').length,
    payment: async (): Promise<Payment | null> =>
      foldPayment(await store.readStream(paymentStream(PAYMENT_ID))),
    /** An operator closes the first purchase, of which the gateway gave no word; the merchant tries again. */
    closeByHandAndRetry: async (): Promise<GatewayCall> => {
      const [first] = alpha.sends;
      if (first === undefined) throw new Error('nothing was sent');
      alpha.tell(first.key, UNKNOWN);
      const word = { outcome: 'declined', amount: null, gatewayReference: null } as const;
      const operation = { intent: 1, ...word };
      await runner.execute(call({ command: 'resolve', reason: 'seen', operation }, 'k2', OPERATOR));
      await runner.execute(call({ command: 'retry', paymentMethod: null }, 'k3'));
      return first;
    },
  };
}
