import { ChainBroken, OutcomeUnknown, StoreUnavailable } from '../event-store/event-store.js';
import { paymentStream } from '../payments/payment.stream.js';
import { CountingStore } from '../testing/counting-store.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { approval, ScriptedGateway } from '../testing/scripted-gateway.js';
import { PaymentCallRunner } from './payment-call-runner.js';
import type { PaymentRequest } from './payment-calls.js';

const capture = (amount: bigint | null = null): PaymentRequest => ({
  command: 'capture',
  amount,
  final: false,
});
const refund = (amount: bigint | null = null): PaymentRequest => ({
  command: 'refund',
  amount,
  reason: null,
});
const MANUAL = create({ captureMethod: 'manual' });

/** Two processes on one store, and a payment of 25.00 EUR that this one has authorized. */
async function authorizedHere(over: Parameters<typeof house>[2] = {}) {
  const alpha = new ScriptedGateway('alpha');
  const store = new CountingStore();
  const { ports, runner: here } = house([alpha], {}, { store, ...over });
  const there = new PaymentCallRunner(ports);
  await here.execute(call(MANUAL, 'k0'));
  return { alpha, store, ports, here, there, counts: countsOf(store) };
}

/** Reads and appends since. */
function countsOf(store: CountingStore) {
  const { reads, appended } = store;
  return () => [store.reads - reads, store.appended - appended];
}

/** Without what differs from one moment to the next. */
async function capturesIn(store: CountingStore) {
  const events = await store.readStream(paymentStream(PAYMENT_ID));
  return events
    .filter(({ type }) => type.startsWith('Capture'))
    .map(({ type, revision, data, metadata }) => {
      const { actor, idempotency, requestHash, answers, causationId } = metadata;
      const caused = events.findIndex(({ id }) => id === causationId);
      return { type, revision, data, actor, idempotency, requestHash, answers, caused };
    });
}

function sumOf(gateway: ScriptedGateway, wanted: string): bigint {
  return gateway.books
    .filter(({ operation }) => operation === wanted)
    .reduce((sum, { amount }) => sum + amount, 0n);
}

describe('a command on a payment that this process left', () => {
  it('appends twice and reads nothing', async () => {
    const { here, counts } = await authorizedHere();
    expect(paymentOf(await here.execute(call(capture(), 'k1'))).payment.amount_captured).toBe(2500);
    expect(counts()).toEqual([0, 2]);
    expect(paymentOf(await here.execute(call(refund(), 'k2'))).payment.status).toBe('REFUNDED');
    expect(counts()).toEqual([0, 4]);
  });

  it('leaves the events that it would have left after a read', async () => {
    const [one, two] = [await authorizedHere(), await authorizedHere()];
    for (const [nth, amount] of [1000n, 500n].entries()) {
      await one.here.execute(call(capture(amount), `k${nth + 1}`));
      // Another process each time, which knows nothing.
      await new PaymentCallRunner(two.ports).execute(call(capture(amount), `k${nth + 1}`));
    }
    const unread = await capturesIn(one.store);
    expect(unread).toHaveLength(4);
    expect(unread).toEqual(await capturesIn(two.store));
  });

  it('is decided anew where another process captured in between', async () => {
    const { alpha, here, there, counts } = await authorizedHere();
    await there.execute(call(capture(1000n), 'k1'));
    const all = paymentOf(await here.execute(call(capture(), 'k2')));
    expect(all.payment).toMatchObject({ amount_captured: 2500, status: 'COMPLETED' });
    expect(sumOf(alpha, 'capture')).toBe(2500n);
    // There: a read and two appends. Here: one in vain, a read, and two.
    expect(counts()).toEqual([2, 5]);
  });

  it('is refused for what it is, not for what it was', async () => {
    const { here, there } = await authorizedHere();
    await there.execute(call(capture(2000n), 'k1'));
    const refused = await here.execute(call(capture(1000n), 'k2'));
    expect(refused).toMatchObject({ code: 'CAPTURE_EXCEEDS_AUTHORIZED' });
    expect(JSON.stringify(refused)).toContain('At most 500');
  });

  it('is taken although it would have been refused as the payment was', async () => {
    const { alpha, here, there } = await authorizedHere();
    await there.execute(call(capture(), 'k1'));
    expect(paymentOf(await here.execute(call(refund(), 'k2'))).payment.status).toBe('REFUNDED');
    expect(sumOf(alpha, 'refund')).toBe(2500n);
  });

  it('is refused from the stream also where nothing changed', async () => {
    const { here, counts } = await authorizedHere();
    const refused = await here.execute(call(refund(), 'k1'));
    expect(refused).toMatchObject({ code: 'ILLEGAL_TRANSITION' });
    expect(counts()).toEqual([1, 0]);
  });

  it('of two at once one is made, and the other is decided on it', async () => {
    const { alpha, here } = await authorizedHere();
    const calls = ['k1', 'k2'].map((key) => here.execute(call(capture(1500n), key)));
    const [made, refused] = await Promise.all(calls);
    expect(made).toMatchObject({ kind: 'payment', payment: { amount_captured: 1500 } });
    expect(refused?.kind).toBe('refused');
    expect(sumOf(alpha, 'capture')).toBe(1500n);
  });

  it('tells of another tenant nothing', async () => {
    const { here } = await authorizedHere();
    const foreign = await here.execute(call(capture(), 'k1', { tenant: 'mer_two' }));
    expect(foreign).toMatchObject({ code: 'PAYMENT_NOT_FOUND' });
  });
});

describe('the repeat of a command', () => {
  it('that this process made is its answer again, also after others', async () => {
    const { alpha, here } = await authorizedHere();
    const first = paymentOf(await here.execute(call(capture(500n), 'k1')));
    await here.execute(call(capture(500n), 'k2'));
    const again = paymentOf(await here.execute(call(capture(500n), 'k1')));
    expect(JSON.stringify(again.payment)).toBe(JSON.stringify(first.payment));
    expect([again.position, again.replayed]).toEqual([first.position, true]);
    expect(sumOf(alpha, 'capture')).toBe(1000n);
  });

  it('that another process made is its answer again', async () => {
    const { alpha, here, there } = await authorizedHere();
    const first = paymentOf(await there.execute(call(capture(500n), 'k1')));
    const again = paymentOf(await here.execute(call(capture(500n), 'k1')));
    expect(JSON.stringify(again.payment)).toBe(JSON.stringify(first.payment));
    expect([again.replayed, sumOf(alpha, 'capture')]).toEqual([true, 500n]);
  });

  it('of which this process read is known, too', async () => {
    const { alpha, here, there } = await authorizedHere();
    await there.execute(call(capture(500n), 'k1'));
    await here.execute(call(capture(500n), 'k2'));
    expect(paymentOf(await here.execute(call(capture(500n), 'k1'))).replayed).toBe(true);
    expect(sumOf(alpha, 'capture')).toBe(1000n);
  });

  it('with another body is refused', async () => {
    const { here, there } = await authorizedHere();
    await here.execute(call(capture(500n), 'k1'));
    await there.execute(call(capture(500n), 'k2'));
    for (const key of ['k1', 'k2']) {
      const reused = await here.execute(call(capture(600n), key));
      expect(reused).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    }
  });

  it('asks no hook', async () => {
    let asked = 0;
    const run = async () => {
      asked += 1;
      return 'go_on' as const;
    };
    const hook = { before: 'capture', name: 'count', whenAway: 'go_on', run } as const;
    const { here, there } = await authorizedHere({ hooks: [hook] });
    await there.execute(call(capture(500n), 'k1'));
    expect(paymentOf(await here.execute(call(capture(500n), 'k1'))).replayed).toBe(true);
    expect(asked).toBe(1);
  });
});

describe('If-Match on a payment that this process left', () => {
  it('holds where it names the revision that it was left at', async () => {
    const { here, there, counts } = await authorizedHere();
    const matched = call(capture(500n), 'k1', { expectedRevision: 2 });
    expect(paymentOf(await here.execute(matched)).payment.revision).toBe(4);
    expect(counts()).toEqual([0, 2]);
    await there.execute(call(capture(500n), 'k2'));
    const stale = await here.execute(call(capture(500n), 'k3', { expectedRevision: 4 }));
    expect(stale).toMatchObject({ code: 'REVISION_MISMATCH' });
    const current = call(capture(500n), 'k4', { expectedRevision: 6 });
    expect(paymentOf(await here.execute(current)).payment.amount_captured).toBe(1500);
  });

  it('refuses what names another one', async () => {
    const { here, counts } = await authorizedHere();
    const older = await here.execute(call(capture(), 'k1', { expectedRevision: 1 }));
    expect(older).toMatchObject({ code: 'REVISION_MISMATCH' });
    expect(counts()).toEqual([1, 0]);
  });

  it('does not refuse a repeat', async () => {
    const { here, there } = await authorizedHere();
    const matched = call(capture(500n), 'k1', { expectedRevision: 2 });
    await there.execute(matched);
    expect(paymentOf(await here.execute(matched)).replayed).toBe(true);
  });
});

describe('the append of a command whose stream was not read', () => {
  it('is refused at once by a store that is away, and nothing is sent', async () => {
    const { alpha, store, here, counts } = await authorizedHere();
    store.faults.push(new StoreUnavailable('away'));
    const away = await here.execute(call(capture(), 'k1'));
    expect(away).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect([counts(), alpha.sends.length]).toEqual([[0, 1], 1]);
    expect(paymentOf(await here.execute(call(capture(), 'k1'))).replayed).toBe(false);
    expect(sumOf(alpha, 'capture')).toBe(2500n);
  });

  it('is made again while it may be stored', async () => {
    const { alpha, store, here, counts } = await authorizedHere();
    store.faults.push(new OutcomeUnknown('cut'), new StoreUnavailable('away'));
    expect(paymentOf(await here.execute(call(capture(), 'k1'))).status).toBe(200);
    expect([counts(), alpha.sends.length]).toEqual([[0, 4], 2]);
  });

  it('is made anew on the stream where the head has another hash', async () => {
    const { store, here, counts } = await authorizedHere();
    store.faults.push(new ChainBroken(paymentStream(PAYMENT_ID), 2));
    expect(paymentOf(await here.execute(call(capture(), 'k1'))).status).toBe(200);
    expect(counts()).toEqual([1, 3]);
  });

  it('comes before the gateway', async () => {
    const { alpha, store, here } = await authorizedHere();
    let last: string | undefined;
    alpha.script(async (sent) => {
      last = (await store.readStream(paymentStream(PAYMENT_ID))).at(-1)?.type;
      return approval(sent);
    });
    await here.execute(call(capture(), 'k1'));
    expect(last).toBe('CaptureRequested');
  });
});
