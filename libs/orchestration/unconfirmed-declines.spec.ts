import { ConfiguredGateways } from '../gateways/gateway-directory.js';
import type { GatewayAnswer, GatewayCall, GatewayWord } from '../gateways/payment-gateway.js';
import { foldPayment } from '../payments/payment.fold.js';
import { paymentStream } from '../payments/payment.stream.js';
import { SystemClock } from '../platform/clock.js';
import { derivedUuid } from '../platform/ids.js';
import { call, create, house, MERCHANT, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { approval, DECLINED, ScriptedGateway } from '../testing/scripted-gateway.js';
import type { OrchestrationPorts } from './orchestration.js';
import { PaymentCallRunner } from './payment-call-runner.js';
import { PaymentContinuation } from './payment-continuation.js';

const HOUR_MS = 3_600_000;
const PENDING: GatewayAnswer = { outcome: 'pending', reference: 'rfd_1' };
const AWAY: GatewayWord = { outcome: 'unknown', message: 'away' };

/** An operator's call. */
function closing(intent: number) {
  const operation = {
    intent,
    outcome: 'declined' as const,
    amount: null,
    gatewayReference: null,
  };
  const resolve = { command: 'resolve', reason: 'by hand', operation } as const;
  return call(resolve, 'k2', { tenant: null, actor: 'operator:key_1' });
}

/** A purchase without an answer that an operator closed as declined while the gateway could not be asked. */
async function closedByHand() {
  const alpha = new ScriptedGateway('alpha').script({ outcome: 'unknown', message: 'reset' });
  const { ports, store } = house([alpha]);
  let aheadMs = 0;
  const now = () => new Date(Date.now() + aheadMs).toISOString();
  const moving = { ...ports, clock: Object.assign(new SystemClock(), { now }) };
  const runner = new PaymentCallRunner(moving);
  await runner.execute(call(create(), 'k1'));
  const [sent] = alpha.sends;
  if (sent === undefined) throw new Error('nothing was sent');
  alpha.tell(sent.key, AWAY);
  expect(await runner.execute(closing(1))).toMatchObject({ kind: 'payment' });
  const continuing = (gateways: OrchestrationPorts['gateways']) => async () => {
    const processor = new PaymentContinuation({ ...moving, gateways }, { unknownAskMaxMs: 500 });
    return (await processor.continue(PAYMENT_ID, null))?.continuation;
  };
  const processor = new PaymentContinuation(moving, { unknownAskMaxMs: 500 });
  return {
    sent,
    continuedWithout: continuing(new ConfiguredGateways([])),
    runner,
    says: (word: (asked: GatewayCall) => GatewayWord) => alpha.tell(sent.key, word(sent)),
    later: (ms: number) => {
      aheadMs = ms;
    },
    continued: continuing(moving.gateways),
    next: async () => (await processor.continue(PAYMENT_ID, null))?.continuation.next,
    payment: async () => foldPayment(await store.readStream(paymentStream(PAYMENT_ID))),
  };
}

describe('what an operator closed as declined without the word of the gateway', () => {
  it('is asked about on and on while the gateway gives no word', async () => {
    const { continued, next, payment } = await closedByHand();
    expect(await payment()).toMatchObject({ status: 'FAILED', closedByHand: [1] });
    expect(await continued()).toEqual({ next: 'after', ms: 500 });
    expect(await next()).toBe('after');
  });

  it('is recorded and given back where the gateway charged all the same', async () => {
    const { says, next, payment } = await closedByHand();
    says((asked) => approval(asked));
    expect(await next()).toBe('never');
    const { status, operations = [] } = (await payment()) ?? {};
    expect(status).toBe('FAILED');
    expect(operations).toMatchObject([
      { operation: 'purchase', outcome: 'approved', undo: 'due' },
      {
        operation: 'refund',
        outcome: 'approved',
        cause: 'undo',
        key: derivedUuid(PAYMENT_ID, 'refund', 2),
      },
    ]);
  });

  it('is asked about no more once the gateway says the same', async () => {
    const { says, next, payment } = await closedByHand();
    const before = await payment();
    says(() => DECLINED);
    expect(await next()).toBe('never');
    expect(await payment()).toEqual(before);
  });

  it('waits for a gateway that is no longer configured, and is asked about once it is back', async () => {
    const { says, next, continuedWithout, payment } = await closedByHand();
    expect(await continuedWithout()).toEqual({ next: 'after', ms: 600_000 });
    says((asked) => approval(asked));
    expect(await next()).toBe('never');
    expect((await payment())?.operations[0]).toMatchObject({ outcome: 'approved', undo: 'due' });
  });

  it('may still be on its way for an hour where the gateway does not know it', async () => {
    const { says, later, next } = await closedByHand();
    says(() => ({ outcome: 'not_found' }));
    expect(await next()).toBe('after');
    later(HOUR_MS + 1_000);
    expect(await next()).toBe('never');
  });

  it('holds up nothing: a retry goes on beside it', async () => {
    const { runner, next, payment } = await closedByHand();
    const retry = { command: 'retry', paymentMethod: null } as const;
    const over = { tenant: MERCHANT };
    expect(await runner.execute(call(retry, 'k3', over))).toMatchObject({ status: 200 });
    expect(await payment()).toMatchObject({ status: 'COMPLETED' });
    expect(await next()).toBe('after');
  });
});

describe('a capture that an operator closed as declined', () => {
  it('is asked about under the authorization that it was sent for, also after a retry', async () => {
    const alpha = new ScriptedGateway('alpha', { purchase: false });
    const asked: GatewayCall[] = [];
    const word = alpha.ask.bind(alpha);
    alpha.ask = (about) => {
      asked.push(about);
      return word(about);
    };
    alpha.script(approval, { outcome: 'unknown', message: 'reset' });
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    const [authorized, captured] = alpha.sends;
    if (authorized === undefined || captured === undefined) throw new Error('nothing was sent');
    alpha.tell(captured.key, AWAY);
    await runner.execute(closing(2));
    await runner.execute(call({ command: 'retry', paymentMethod: null }, 'k3'));
    asked.splice(0);
    await new PaymentContinuation(ports, { unknownAskMaxMs: 500 }).continue(PAYMENT_ID, null);
    expect(asked).toMatchObject([{ key: captured.key, reference: `ref-${authorized.key}` }]);
  });
});

describe('a refund that its gateway calls pending', () => {
  it('is closed by no operator while the gateway says so: what it pays can not be taken back', async () => {
    const alpha = new ScriptedGateway('alpha').script(approval, PENDING);
    const { runner, store } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    const refund = { command: 'refund', amount: null, reason: null } as const;
    await runner.execute(call(refund, 'k3', { tenant: MERCHANT }));
    expect(await runner.execute(closing(2))).toMatchObject({ code: 'RESOLUTION_NOT_POSSIBLE' });
    // A dry run asks nobody.
    expect(await runner.execute({ ...closing(2), dryRun: true })).toMatchObject({
      kind: 'dry_run',
    });
    const payment = foldPayment(await store.readStream(paymentStream(PAYMENT_ID)));
    expect(payment).toMatchObject({ status: 'REFUND_INITIATED', amountRefunding: 2500n });
    const [, sent] = alpha.sends;
    if (sent === undefined) throw new Error('no refund was sent');
    alpha.tell(sent.key, DECLINED);
    expect(paymentOf(await runner.execute(closing(2))).payment.refunds).toMatchObject([
      { status: 'failed' },
    ]);
  });
});
