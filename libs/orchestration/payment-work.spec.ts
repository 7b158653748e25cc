import { OutcomeUnknown, StoreUnavailable } from '../event-store/event-store.js';
import { paymentStream } from '../payments/payment.stream.js';
import { SystemClock } from '../platform/clock.js';
import { CountingStore } from '../testing/counting-store.js';
import { call, create, house, PAYMENT_ID } from '../testing/payment-house.js';
import { ScriptedGateway } from '../testing/scripted-gateway.js';
import { AppendDeadlineExceeded, PaymentWork } from './payment-work.js';

const ABOUT = { paymentId: PAYMENT_ID, correlationId: 'c' };
const HOUR_MS = 3_600_000;
const stopped = { type: 'MoneyRuleBroken', data: { rule: 'over_captured', excess: '5' } } as const;

/** Its pauses are over at once, and count. */
class PausingClock extends SystemClock {
  readonly pauses: number[] = [];
  aheadMs = 0;

  override monotonicMs(): number {
    return this.pauses.reduce((sum, ms) => sum + ms, 0);
  }

  override now(): string {
    return new Date(Date.now() + this.aheadMs).toISOString();
  }

  override async pause(ms: number): Promise<void> {
    this.pauses.push(ms);
  }
}

/** An authorized payment in hand. */
async function inHand() {
  const store = new CountingStore();
  const { ports, runner } = house([new ScriptedGateway('alpha')], {}, { store });
  await runner.execute(call(create({ captureMethod: 'manual' }), 'k1'));
  const clock = new PausingClock();
  const { work } = await PaymentWork.load({ ...ports, clock }, ABOUT);
  const add = (opening: { keyHash: string; requestHash: string | null } | null = null) =>
    // reason: any events do
    work.add([stopped, stopped] as never, { at: work.now(), actor: 'merchant:one', opening });
  const events = () => store.readStream(paymentStream(PAYMENT_ID));
  return { store, clock, work, add, events };
}

describe('a payment in hand', () => {
  it('is appended again, with the same ids, while its store is away or gives no word', async () => {
    const { store, clock, work, add, events } = await inHand();
    add();
    store.faults.push(new StoreUnavailable('away'), new OutcomeUnknown('cut'));
    await work.commit([], 2_000);
    expect(clock.pauses).toEqual([20, 40]);
    expect((await events()).map(({ type }) => type).slice(3)).toEqual([stopped.type, stopped.type]);
  });

  it('is given up once another pause would pass the deadline', async () => {
    const { store, clock, work, add } = await inHand();
    add();
    store.faults.push(...Array.from({ length: 20 }, () => new OutcomeUnknown('cut')));
    await expect(work.commit([], 2_000)).rejects.toBeInstanceOf(AppendDeadlineExceeded);
    expect(clock.pauses).toEqual([20, 40, 80, 160, 320, 500, 500]);
  });

  it('goes on at its last instant where the clock was set back', async () => {
    const { clock, work } = await inHand();
    clock.aheadMs = -HOUR_MS;
    expect(work.now()).toBe(work.payment?.updatedAt);
    clock.aheadMs = HOUR_MS;
    expect(work.now() > (work.payment?.updatedAt ?? '')).toBe(true);
  });

  it('is opened by the first event of a call, answered by the last, each caused by the one before', async () => {
    const { work, add, events } = await inHand();
    add({ keyHash: 'unkeyed:1', requestHash: null });
    await work.commit(['unkeyed:1'], 2_000);
    const [before, first, last] = (await events()).slice(-3);
    expect(first?.metadata).toMatchObject({ idempotency: 'unkeyed:1', causationId: before?.id });
    expect(first?.metadata).not.toHaveProperty('requestHash');
    expect(first?.metadata).not.toHaveProperty('answers');
    expect(last?.metadata).toMatchObject({ answers: ['unkeyed:1'], causationId: first?.id });
    expect(last?.metadata).not.toHaveProperty('idempotency');
    expect([work.payment?.openCall, work.known?.calls]).toEqual([
      null,
      ['hash-of-k1', 'unkeyed:1'],
    ]);
    add({ keyHash: 'k2', requestHash: 'body' });
    await work.commit([], 2_000);
    const [opening] = (await events()).slice(-2);
    expect(opening?.metadata).toMatchObject({ requestHash: 'body', causationId: last?.id });
  });
});
