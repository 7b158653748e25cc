import type { GatewayFact } from '../gateways/payment-gateway.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { approval, DECLINED, ScriptedGateway } from '../testing/scripted-gateway.js';
import { recordFact } from './fact-recorder.js';
import { PaymentCallRunner } from './payment-call-runner.js';
import type { PaymentRequest } from './payment-calls.js';

const manual = create({ captureMethod: 'manual' });
const capture = { command: 'capture', amount: 1000n, final: false } as const;

/** An authorized payment, or what else the create asks for, with the alarms that are raised of it. */
async function alarmedHouse(request: PaymentRequest = manual) {
  const alpha = new ScriptedGateway('alpha');
  const { ports } = house([alpha]);
  const alarms: string[] = [];
  const heard = { ...ports, alarm: ({ kind }: { kind: string }) => void alarms.push(kind) };
  const runner = new PaymentCallRunner(heard);
  const tell = (kind: GatewayFact['kind'], id = 'fact_1') => {
    const sent = alpha.sends.at(-1);
    if (sent === undefined) throw new Error('nothing was sent');
    const { key, amount, currency } = sent;
    const at = ports.clock.now();
    return recordFact(heard, 'alpha', {
      id,
      paymentId: PAYMENT_ID,
      key,
      at,
      amount,
      currency,
      kind,
    });
  };
  const created = () => runner.execute(call(request, 'k1'));
  return { alpha, alarms, runner, tell, created };
}

describe('an operator hears', () => {
  it.each<[string, PaymentRequest]>([
    ['a capture', capture],
    ['an increment', { command: 'increment_authorization', amount: 3000n }],
    ['a void', { command: 'cancel', reason: null }],
  ])('of %s that was declined and turns out approved', async (_, request) => {
    const { alpha, alarms, runner, tell, created } = await alarmedHouse();
    await created();
    alpha.script(DECLINED);
    expect(await runner.execute(call(request, 'k2'))).toMatchObject({ kind: 'refused' });
    expect(alarms).toEqual([]);
    const approved = { reference: 'late', expiresAt: null, settled: false };
    await tell({ type: 'operation_approved', ...approved });
    expect(alarms).toEqual(['late_approval']);
  });

  it('of a refund that was declined and succeeds, not of one that was only pending', async () => {
    const { alpha, alarms, runner, tell, created } = await alarmedHouse(create());
    await created();
    const refund = (key: string) =>
      runner.execute(call({ command: 'refund', amount: 500n, reason: null }, key));
    alpha.script({ outcome: 'pending', reference: 'r1' }, DECLINED);
    await refund('k2');
    await tell({ type: 'refund_succeeded' }, 'of_pending');
    expect(alarms).toEqual([]);
    await refund('k3');
    await tell({ type: 'refund_succeeded' }, 'of_declined');
    expect(alarms).toEqual(['late_approval']);
  });

  it('of an answer that breaks a rule, and of a fact that nothing explains', async () => {
    const { alpha, alarms, runner, tell, created } = await alarmedHouse();
    await created();
    alpha.script((sent) => approval(sent, { amount: 9999n }));
    await runner.execute(call(capture, 'k2'));
    expect(alarms).toEqual(['money_rule_broken']);
    await tell({ type: 'refund_succeeded' });
    expect(alarms).toEqual(['money_rule_broken', 'fact_unmatched']);
  });

  it('of an approval of another amount that a confirm learns of', async () => {
    const { alpha, alarms, runner, created } = await alarmedHouse(create());
    alpha.script({
      outcome: 'requires_action',
      reference: 'r1',
      redirectUrl: 'https://acs.example',
    });
    await created();
    const [sent] = alpha.sends;
    if (sent === undefined) throw new Error('nothing was sent');
    alpha.tell(sent.key, approval(sent, { amount: 1n }));
    const confirmed = paymentOf(await runner.execute(call({ command: 'confirm' }, 'k2')));
    expect([confirmed.payment.status, alarms]).toEqual(['FAILED', ['late_approval']]);
  });
});
