import type { GatewayAnswer, GatewayCall } from '../gateways/payment-gateway.js';
import { paymentStream } from '../payments/payment.stream.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { approval, DECLINED, ScriptedGateway } from '../testing/scripted-gateway.js';
import { recordFact } from './fact-recorder.js';
import { PaymentContinuation } from './payment-continuation.js';

/**
 * While alpha's answer is under way its feed tells that it declined, and the processor takes the runner for dead: it
 * tries bravo, whose word waits until the runner, with alpha's late answer in hand, is done.
 */
async function overtakenHouse(late: (sent: GatewayCall) => GatewayAnswer) {
  const alpha = new ScriptedGateway('alpha');
  const bravo = new ScriptedGateway('bravo', { keysHonouredForMs: null });
  const { ports, runner, store } = house([alpha, bravo]);
  const processor = new PaymentContinuation(ports, { unknownAskMaxMs: 500 });
  const runnerIsDone = gate();
  const bravoIsAsked = gate();
  let continued: Promise<unknown> = Promise.resolve();
  alpha.script(async (sent) => {
    const { key, amount, currency } = sent;
    const kind = { type: 'operation_declined', code: 'do_not_honor', message: 'no' } as const;
    const at = ports.clock.now();
    const fact = { id: 'fact_1', paymentId: PAYMENT_ID, key, at, amount, currency, kind };
    expect(await recordFact(ports, 'alpha', fact)).toBe('recorded');
    continued = processor.continue(PAYMENT_ID, (await events()).length - 1);
    await bravoIsAsked.passed;
    return late(sent);
  });
  bravo.script(async (sent) => {
    bravoIsAsked.open();
    await runnerIsDone.passed;
    return approval(sent);
  });
  const events = () => store.readStream(paymentStream(PAYMENT_ID));
  return {
    bravo,
    types: async () => (await events()).map(({ type }) => type),
    answered: async () => (await events()).flatMap(({ metadata }) => metadata.answers ?? []),
    created: () => runner.execute(call(create(), 'k1')),
    goesOn: async () => {
      runnerIsDone.open();
      await continued;
    },
  };
}

describe('a runner whose gateway answers when the processor has gone on', () => {
  it('sends nothing of what it would have tried next: that intent is another one by now', async () => {
    const { bravo, created, goesOn } = await overtakenHouse(() => DECLINED);
    expect(await created()).toMatchObject({ code: 'CALL_DEADLINE_EXCEEDED' });
    expect(bravo.sends).toHaveLength(1);
    await goesOn();
    const { status, payment } = paymentOf(await created());
    expect([status, payment.status, payment.gateway]).toEqual([201, 'COMPLETED', 'bravo']);
    expect(bravo.books).toHaveLength(1);
  });

  it('records its word, and leaves the mark of the call to who is still at work on it', async () => {
    const { created, goesOn, types, answered } = await overtakenHouse((sent) => approval(sent));
    expect(await created()).toMatchObject({ code: 'CALL_DEADLINE_EXCEEDED' });
    expect(await types()).toEqual([
      'PaymentInitiated',
      'PurchaseRequested',
      'AttemptDeclined',
      'PurchaseRequested',
      'PurchaseApproved',
    ]);
    expect(await answered()).toEqual([]);
    await goesOn();
    // The other gateway's approval stands; the first is given back.
    expect((await types()).slice(5)).toEqual([
      'PurchaseApproved',
      'RefundRequested',
      'RefundSucceeded',
    ]);
    expect(await answered()).toEqual(['hash-of-k1']);
  });
});

function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}
