import { StoreUnavailable, WrongRevision } from '../event-store/event-store.js';
import type { GatewayAnswer } from '../gateways/payment-gateway.js';
import { paymentStream } from '../payments/payment.stream.js';
import { UNKNOWN } from '../testing/moving-house.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { approval, DECLINED, ScriptedGateway } from '../testing/scripted-gateway.js';
import { recordFact } from './fact-recorder.js';
import { PaymentContinuation } from './payment-continuation.js';

const never = () => new Promise<GatewayAnswer>(() => undefined);
const refund = { command: 'refund', amount: 100n, reason: null } as const;

/** A house and a processor that has little time for each payment. */
function smallHouse() {
  const alpha = new ScriptedGateway('alpha');
  const { ports, runner, store } = house([alpha]);
  const hasty = { ...ports, settings: { ...ports.settings, callDeadlineMs: 50 } };
  const processor = new PaymentContinuation(ports, { unknownAskMaxMs: 15_000 });
  const events = () => store.readStream(paymentStream(PAYMENT_ID));
  let asked = 0;
  const ask = alpha.ask.bind(alpha);
  alpha.ask = (about) => {
    asked += 1;
    return ask(about);
  };
  return {
    alpha,
    ports,
    runner,
    store,
    processor,
    hasty: new PaymentContinuation(hasty, { unknownAskMaxMs: 15_000 }),
    asked: () => asked,
    head: async () => (await events()).length - 1,
    types: async () => (await events()).map(({ type }) => type),
  };
}

/** A create whose runner is at work until its process ends. */
async function runningHouse() {
  const parts = smallHouse();
  const sent = new Promise<void>((resolve) => {
    parts.alpha.script(() => {
      resolve();
      return never();
    });
  });
  void parts.runner.execute(call(create(), 'k1'));
  await sent;
  return parts;
}

describe('a payment that somebody is at work on', () => {
  it('is left alone, until nothing came for as long as a runner may take', async () => {
    const { alpha, processor, asked, head, types } = await runningHouse();
    const running = { revision: await head(), continuation: { next: 'running' } };
    expect(await processor.continue(PAYMENT_ID, null)).toEqual(running);
    expect(await processor.continue(PAYMENT_ID, (await head()) - 1)).toEqual(running);
    expect([asked(), alpha.sends.length]).toEqual([0, 1]);
    expect(await processor.continue(PAYMENT_ID, await head())).toEqual({
      revision: 3,
      continuation: { next: 'never' },
    });
    expect((await types()).slice(2)).toEqual(['OutcomeUnknown', 'PurchaseApproved']);
  });

  it('is left alone between the intents of its call, too', async () => {
    const { alpha, ports, runner, processor, types, head } = smallHouse();
    const looked: unknown[] = [];
    alpha.script(async ({ key, amount, currency }) => {
      const at = ports.clock.now();
      const kind = { type: 'operation_declined', code: 'try_again_later', message: 'no' } as const;
      const fact = { id: 'f1', paymentId: PAYMENT_ID, key, at, amount, currency, kind };
      await recordFact(ports, 'alpha', fact);
      looked.push(await processor.continue(PAYMENT_ID, null), await head(), await types());
      return DECLINED;
    });
    await runner.execute(call(create(), 'k1'));
    expect(looked).toEqual([
      { revision: 2, continuation: { next: 'running' } },
      2,
      ['PaymentInitiated', 'PurchaseRequested', 'AttemptDeclined'],
    ]);
  });

  it('is left to a processor that is sending an intent of its own, then taken over', async () => {
    const { alpha, runner, processor, head, types, asked } = smallHouse();
    alpha.script((sent) => approval(sent, { amount: 1n }));
    await runner.execute(call(create(), 'k1'));
    expect((await types()).at(-1)).toBe('PaymentFailed');
    const sent = new Promise<void>((resolve) => {
      alpha.script(() => {
        resolve();
        return never();
      });
    });
    void processor.continue(PAYMENT_ID, null);
    await sent;
    const before = asked();
    expect((await processor.continue(PAYMENT_ID, null))?.continuation).toEqual({ next: 'running' });
    expect(asked()).toBe(before);
    await processor.continue(PAYMENT_ID, await head());
    expect((await types()).slice(-3)).toEqual([
      'RefundRequested',
      'OutcomeUnknown',
      'RefundSucceeded',
    ]);
  });
});

describe('the processor that takes a payment over', () => {
  it('asks nobody before the log has it: somebody else may have', async () => {
    const { store, processor, asked, head } = await runningHouse();
    store.append = async () => {
      throw new WrongRevision(paymentStream(PAYMENT_ID), 1, 2);
    };
    expect(await processor.continue(PAYMENT_ID, await head())).toEqual({
      revision: -1,
      continuation: { next: 'after', ms: expect.any(Number) },
    });
    expect(asked()).toBe(0);
  });

  it('looks again where the store gave no word in time', async () => {
    const { store, hasty, asked, head } = await runningHouse();
    store.append = async () => {
      throw new StoreUnavailable('away');
    };
    const continued = await hasty.continue(PAYMENT_ID, await head());
    expect(continued).toMatchObject({ revision: -1, continuation: { next: 'after' } });
    expect(asked()).toBe(0);
  });

  it('hides no other fault', async () => {
    const { store, processor, head } = await runningHouse();
    store.append = async () => {
      throw new Error('of another kind');
    };
    const continued = processor.continue(PAYMENT_ID, await head());
    await expect(continued).rejects.toThrow('of another kind');
  });

  it('begins with short pauses again once it had a word, or found the payment at rest', async () => {
    const { alpha, ports, runner, processor } = smallHouse();
    await runner.execute(call(create(), 'k1'));
    const pauses = async () => {
      const found: unknown[] = [];
      for (let looks = 0; looks < 3; looks += 1) {
        found.push((await processor.continue(PAYMENT_ID, null))?.continuation);
      }
      return found;
    };
    const unknownRefund = async (key: string) => {
      alpha.script(UNKNOWN);
      expect(paymentOf(await runner.execute(call(refund, key))).status).toBe(202);
      const sent = alpha.sends.at(-1);
      if (sent === undefined) throw new Error('nothing was sent');
      alpha.tell(sent.key, { outcome: 'unknown', message: 'away' });
      return sent;
    };
    const growing = [500, 1_000, 2_000].map((ms) => ({ next: 'after', ms }));
    const first = await unknownRefund('k2');
    expect(await pauses()).toEqual(growing);
    alpha.tell(first.key, approval(first));
    expect((await processor.continue(PAYMENT_ID, null))?.continuation).toEqual({ next: 'never' });
    const { key, amount, currency } = await unknownRefund('k3');
    expect(await pauses()).toEqual(growing);
    const kind = { type: 'refund_succeeded' } as const;
    const at = ports.clock.now();
    await recordFact(ports, 'alpha', {
      id: 'f1',
      paymentId: PAYMENT_ID,
      key,
      at,
      amount,
      currency,
      kind,
    });
    expect((await processor.continue(PAYMENT_ID, null))?.continuation).toEqual({ next: 'never' });
    await unknownRefund('k4');
    expect(await pauses()).toEqual(growing);
  });
});

describe('the processor', () => {
  it('knows nothing of a payment that is not there', async () => {
    expect(await smallHouse().processor.continue(PAYMENT_ID, null)).toBeNull();
  });
});
