import {
  GatewayUnreachable,
  type GatewayCall,
  type GatewayWord,
} from '../gateways/payment-gateway.js';
import { foldPayment } from '../payments/payment.fold.js';
import { paymentStream } from '../payments/payment.stream.js';
import { call, create, house, PAYMENT_ID } from '../testing/payment-house.js';
import { approval, ScriptedGateway } from '../testing/scripted-gateway.js';
import { recordFact } from './fact-recorder.js';

const DECLINED: GatewayWord = {
  outcome: 'declined',
  code: 'generic_decline',
  message: 'No.',
  authorizationGone: false,
};

/** A refund of 5.00 that was pending, of which a webhook told that it failed. */
async function failedRefund() {
  const alpha = new ScriptedGateway('alpha');
  const { ports, runner, store } = house([alpha]);
  await runner.execute(call(create(), 'k1'));
  alpha.script({ outcome: 'pending', reference: 'r2' });
  await runner.execute(call({ command: 'refund', amount: 500n, reason: null }, 'k2'));
  const refund = alpha.sends.at(-1);
  if (refund === undefined) throw new Error('nothing was sent');
  const tell = (type: 'refund_failed' | 'refund_succeeded') =>
    recordFact(ports, 'alpha', {
      id: type,
      paymentId: PAYMENT_ID,
      key: refund.key,
      at: ports.clock.now(),
      amount: 500n,
      currency: 'EUR',
      kind: { type },
    });
  await tell('refund_failed');
  return {
    succeeds: () => tell('refund_succeeded'),
    says: (word: (sent: GatewayCall) => GatewayWord) => alpha.tell(refund.key, word(refund)),
    refunded: async () =>
      foldPayment(await store.readStream(paymentStream(PAYMENT_ID)))?.amountRefunded,
  };
}

describe("a refund's success that comes after its failure", () => {
  it('is older where the gateway says that the refund failed', async () => {
    const { says, succeeds, refunded } = await failedRefund();
    says(() => DECLINED);
    expect([await succeeds(), await refunded()]).toEqual(['known', 0n]);
  });

  it('counts where the gateway says so, too', async () => {
    const { says, succeeds, refunded } = await failedRefund();
    says((sent) => approval(sent));
    expect([await succeeds(), await refunded()]).toEqual(['recorded', 500n]);
  });

  it('waits while the gateway can not be asked', async () => {
    const { says, succeeds, refunded } = await failedRefund();
    says(() => ({ outcome: 'unknown', message: 'away' }));
    await expect(succeeds()).rejects.toBeInstanceOf(GatewayUnreachable);
    expect(await refunded()).toBe(0n);
  });
});
