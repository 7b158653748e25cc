import { paymentStream } from '../payments/payment.stream.js';
import { RiskAssessor, type Asking, type RiskSubject } from '../risk/risk-assessor.js';
import { call, create, house, MERCHANT, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { card } from '../testing/plain-create.js';
import { ScriptedGateway } from '../testing/scripted-gateway.js';
import { PaymentCallRunner } from './payment-call-runner.js';

/** Approves, and remembers whom it was asked about. */
class WatchedAssessor extends RiskAssessor {
  readonly asked: RiskSubject[] = [];
  readonly how: (Asking | undefined)[] = [];

  override async assess(subject: RiskSubject, how?: Asking) {
    this.asked.push(subject);
    this.how.push(how);
    return { verdict: 'approve', score: 7, reasons: ['looked_at'] } as const;
  }
}

function watchedHouse(gateway: ScriptedGateway) {
  const risk = new WatchedAssessor();
  const { ports, store } = house([gateway]);
  return { risk, store, runner: new PaymentCallRunner({ ...ports, risk }) };
}

const declined = {
  outcome: 'declined',
  code: 'insufficient_funds',
  message: 'no',
  authorizationGone: false,
} as const;

describe('the verdict before routing', () => {
  it('stands in the first event, asked of what the client sent', async () => {
    const { runner, risk, store } = watchedHouse(new ScriptedGateway('alpha'));
    await runner.execute(call(create({ customerIpHash: 'ip', customerId: 'cus' }), 'k1'));
    const [first] = await store.readStream(paymentStream(PAYMENT_ID));
    expect(first?.data['risk']).toEqual({ verdict: 'approve', score: 7, reasons: ['looked_at'] });
    expect(risk.asked).toMatchObject([
      { paymentId: PAYMENT_ID, customerIpHash: 'ip', customerId: 'cus', at: first?.metadata.at },
    ]);
  });

  it('refuses or holds a payment before any gateway is asked', async () => {
    const alpha = new ScriptedGateway('alpha');
    const { runner } = house([alpha]);
    const refused = paymentOf(await runner.execute(call(create({ amount: 900_001n }), 'k1')));
    expect([refused.status, refused.payment.failure?.code]).toEqual([201, 'risk_rejected']);
    const over = { paymentId: 'pay_0190bbbb' };
    const held = paymentOf(await runner.execute(call(create({ amount: 500_001n }), 'k2', over)));
    expect([held.status, held.payment.status]).toEqual([202, 'UNDER_REVIEW']);
    expect(alpha.sends).toEqual([]);
  });

  it('knows a dry run from an attempt', async () => {
    const { runner, risk } = watchedHouse(new ScriptedGateway('alpha').script(declined));
    await runner.execute({ ...call(create(), 'k0'), dryRun: true });
    await runner.execute(call(create(), 'k1'));
    const retry = call({ command: 'retry', paymentMethod: null }, 'k2');
    await runner.execute({ ...retry, dryRun: true });
    await runner.execute(retry);
    expect(risk.how).toEqual(['dry_run', 'in_earnest', 'dry_run', 'in_earnest']);
  });

  it('is asked once: not for a repeat, another command, or a key that met another body', async () => {
    const { runner, risk } = watchedHouse(new ScriptedGateway('alpha'));
    await runner.execute(call(create(), 'k1'));
    await runner.execute(call(create(), 'k1'));
    await runner.execute(call(create({ amount: 1n }), 'k1'));
    await runner.execute(call(create(), 'k2'));
    await runner.execute(call({ command: 'refund', amount: null, reason: null }, 'k3'));
    expect(risk.asked).toHaveLength(1);
  });

  it('judges a retry with its own payment method and the hashes of the first event', async () => {
    const alpha = new ScriptedGateway('alpha').script(declined);
    const { runner, risk, store } = watchedHouse(alpha);
    await runner.execute(call(create({ customerIpHash: 'ip', customerEmailHash: 'mail' }), 'k1'));
    const paymentMethod = { ...card('tok_other'), country: 'FR' };
    await runner.execute(call({ command: 'retry', paymentMethod }, 'k2'));
    expect(risk.asked[1]).toMatchObject({
      merchantId: MERCHANT,
      paymentMethod,
      customerIpHash: 'ip',
      customerEmailHash: 'mail',
    });
    const retried = (await store.readStream(paymentStream(PAYMENT_ID))).find(
      ({ type }) => type === 'RetryRequested',
    );
    expect(retried?.data['risk']).toMatchObject({ score: 7 });
  });

  it("judges a retry without a payment method with the payment's own", async () => {
    const { runner, risk } = watchedHouse(new ScriptedGateway('alpha').script(declined));
    await runner.execute(call(create(), 'k1'));
    await runner.execute(call({ command: 'retry', paymentMethod: null }, 'k2'));
    expect(risk.asked[1]?.paymentMethod).toEqual(risk.asked[0]?.paymentMethod);
  });

  it('asks nobody about a retry that the payment does not allow', async () => {
    const { runner, risk } = watchedHouse(new ScriptedGateway('alpha'));
    await runner.execute(call(create(), 'k1'));
    const answer = await runner.execute(call({ command: 'retry', paymentMethod: null }, 'k2'));
    expect(answer).toMatchObject({ kind: 'refused', retryAfterS: null });
    expect(risk.asked).toHaveLength(1);
  });
});
