import type { GatewayAnswer } from '../gateways/payment-gateway.js';
import { foldPayment } from '../payments/payment.fold.js';
import { paymentStream } from '../payments/payment.stream.js';
import { eventually } from '../testing/eventually.js';
import { OPERATOR, UNKNOWN } from '../testing/moving-house.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { approval, DECLINED, ScriptedGateway } from '../testing/scripted-gateway.js';
import { recordFact } from './fact-recorder.js';
import { PaymentContinuation } from './payment-continuation.js';

const NO_KEYS = { keysHonouredForMs: null };
const declined = { intent: 1, outcome: 'declined', amount: null, gatewayReference: null } as const;
const byHand = { command: 'resolve', reason: 'by hand', operation: declined } as const;

/** An answer that comes when a spec says so. */
function held() {
  let answer: (word: GatewayAnswer) => void = () => undefined;
  const word = new Promise<GatewayAnswer>((resolve) => {
    answer = resolve;
  });
  return { word, answer };
}

/** The sends of a gateway, once it has had so many. */
async function sendsOf(gateway: ScriptedGateway, count: number) {
  await eventually(() => expect(gateway.sends).toHaveLength(count));
  return gateway.sends.map((sent) => sent);
}

describe('an intent that another process is sending', () => {
  it('is taken over, not sent, by an operator who lifts a stop beside it', async () => {
    const alpha = new ScriptedGateway('alpha', NO_KEYS);
    const { ports, runner, store } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    const refund = held();
    alpha.script(() => refund.word);
    const wanted = call({ command: 'refund', amount: 500n, reason: null }, 'k2');
    const refunding = runner.execute(wanted);
    const [purchase, sent] = await sendsOf(alpha, 2);
    if (purchase === undefined || sent === undefined) throw new Error('nothing was sent');
    await recordFact(ports, 'alpha', {
      id: 'f1',
      paymentId: PAYMENT_ID,
      key: purchase.key,
      at: ports.clock.now(),
      amount: 2500n,
      currency: 'EUR',
      kind: { type: 'dispute_opened', disputeId: 'dis_1' },
    });
    const lift = { command: 'resolve', reason: 'seen', operation: null } as const;
    const resolved = paymentOf(await runner.execute(call(lift, 'k3', OPERATOR)));
    expect([resolved.status, resolved.payment.open_operation?.state]).toEqual([200, 'unknown']);
    const types = (await store.readStream(paymentStream(PAYMENT_ID))).map(({ type }) => type);
    expect(types.slice(-2)).toEqual(['OperatorResolved', 'OutcomeUnknown']);
    expect(alpha.sends).toHaveLength(2);
    refund.answer(approval(sent));
    const refunded = paymentOf(await refunding);
    const again = paymentOf(await runner.execute(wanted));
    expect([refunded.status, again.status, again.replayed]).toEqual([202, 202, true]);
    expect(again.payment).toEqual(refunded.payment);
  });

  it('is not sent by the processor that hears of an older one', async () => {
    const alpha = new ScriptedGateway('alpha').script(UNKNOWN);
    const bravo = new ScriptedGateway('bravo', NO_KEYS).script(() => held().word);
    const { ports, runner, store } = house([alpha, bravo]);
    const head = async () => foldPayment(await store.readStream(paymentStream(PAYMENT_ID)));
    await runner.execute(call(create(), 'k1'));
    const [sent] = alpha.sends;
    if (sent === undefined) throw new Error('nothing was sent');
    alpha.tell(sent.key, UNKNOWN);
    await runner.execute(call(byHand, 'k2', OPERATOR));
    alpha.script(DECLINED);
    void runner.execute(call({ command: 'retry', paymentMethod: null }, 'k3'));
    await sendsOf(bravo, 1);
    alpha.tell(sent.key, approval(sent));
    const quietAt = (await head())?.revision ?? null;
    await new PaymentContinuation(ports, { unknownAskMaxMs: 500 }).continue(PAYMENT_ID, quietAt);
    expect(bravo.sends).toHaveLength(1);
    expect((await head())?.operations).toMatchObject([
      { outcome: 'approved', undo: 'due' },
      { gateway: 'alpha', outcome: 'declined' },
      { gateway: 'bravo', outcome: 'open' },
    ]);
  });
});

describe('a call that an operator ends', () => {
  it('is answered with the append of the resolution, whatever becomes of what follows', async () => {
    const alpha = new ScriptedGateway('alpha').script(() => held().word);
    const bravo = new ScriptedGateway('bravo').script(() => held().word);
    const { ports, runner } = house([alpha, bravo]);
    void runner.execute(call(create(), 'k1'));
    const [first] = await sendsOf(alpha, 1);
    if (first === undefined) throw new Error('nothing was sent');
    alpha.tell(first.key, DECLINED);
    void runner.execute(call({ ...byHand, reason: 'it hangs' }, 'k2', OPERATOR));
    const [second] = await sendsOf(bravo, 1);
    if (second === undefined) throw new Error('nothing was sent');
    await recordFact(ports, 'bravo', {
      id: 'f1',
      paymentId: PAYMENT_ID,
      key: second.key,
      at: ports.clock.now(),
      amount: second.amount,
      currency: 'EUR',
      kind: { type: 'operation_approved', reference: 'r1', expiresAt: null, settled: false },
    });
    const again = paymentOf(await runner.execute(call(create(), 'k1')));
    expect([again.status, again.replayed, again.payment.status]).toEqual([202, true, 'PROCESSING']);
    const operators = paymentOf(
      await runner.execute(call({ ...byHand, reason: 'it hangs' }, 'k2', OPERATOR)),
    );
    expect([operators.status, operators.payment.status]).toEqual([200, 'CAPTURED']);
  });
});
