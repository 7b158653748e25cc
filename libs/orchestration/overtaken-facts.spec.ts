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

/** A purchase of 25.00 that was captured, and what its feed and webhooks tell of its settlement. */
async function captured() {
  const alpha = new ScriptedGateway('alpha').script((sent) => approval(sent, { settled: false }));
  const { ports, runner, store } = house([alpha]);
  await runner.execute(call(create(), 'k1'));
  const [purchase] = alpha.sends;
  if (purchase === undefined) throw new Error('nothing was sent');
  const tell = (type: 'settled' | 'settlement_failed', id: string = type) =>
    recordFact(ports, 'alpha', {
      id,
      paymentId: PAYMENT_ID,
      key: purchase.key,
      at: ports.clock.now(),
      amount: 2500n,
      currency: 'EUR',
      kind: { type },
    });
  return {
    tell,
    isSettled: (settled: boolean) => alpha.tell(purchase.key, approval(purchase, { settled })),
    says: (word: GatewayWord) => alpha.tell(purchase.key, word),
    status: async () => foldPayment(await store.readStream(paymentStream(PAYMENT_ID)))?.status,
  };
}

describe('a settlement and its failure', () => {
  it('stand as the gateway says where a webhook told the later one first', async () => {
    const { tell, isSettled, status } = await captured();
    isSettled(false);
    await tell('settlement_failed');
    expect([await tell('settled'), await status()]).toEqual(['known', 'FAILED']);
    // The feed tells both again, in their order.
    await tell('settlement_failed');
    expect(await status()).toBe('FAILED');
    isSettled(true);
    expect([await tell('settled', 'f3'), await status()]).toEqual(['recorded', 'COMPLETED']);
    expect([await tell('settlement_failed', 'f2'), await status()]).toEqual(['known', 'COMPLETED']);
  });

  it('that contradict nothing wait for nobody', async () => {
    for (const type of ['settled', 'settlement_failed'] as const) {
      const { tell, says } = await captured();
      says({ outcome: 'unknown', message: 'away' });
      expect([await tell(type), await tell(type, 'again')]).toEqual(['recorded', 'known']);
    }
  });

  it('wait while the gateway can not be asked', async () => {
    const { tell, says, status } = await captured();
    await tell('settlement_failed');
    says({ outcome: 'unknown', message: 'away' });
    await expect(tell('settled')).rejects.toBeInstanceOf(GatewayUnreachable);
    expect(await status()).toBe('FAILED');
  });

  it('are taken in the order in which they come where the gateway does not know', async () => {
    const { tell, says, status } = await captured();
    says({ outcome: 'not_found' });
    await tell('settled');
    expect([await tell('settlement_failed'), await status()]).toEqual(['recorded', 'FAILED']);
    // Told again, while nobody could be asked: what was recorded is known.
    says({ outcome: 'unknown', message: 'away' });
    expect([await tell('settled'), await status()]).toEqual(['known', 'FAILED']);
  });
});
