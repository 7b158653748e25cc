import { setTimeout } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { GatewayFact } from '../../libs/gateways/payment-gateway.js';
import { foldPayment } from '../../libs/payments/payment.fold.js';
import { paymentStream } from '../../libs/payments/payment.stream.js';
import { SystemClock } from '../../libs/platform/clock.js';
import { eventually } from '../../libs/testing/eventually.js';
import { call, create, house, PAYMENT_ID } from '../../libs/testing/payment-house.js';
import { approval, ScriptedGateway } from '../../libs/testing/scripted-gateway.js';
import { readFeeds } from './feed-reader.js';

const OTHER_ID = 'pay_0190bbbb';
const HOUR_MS = 3_600_000;
const PAGE_MS = 5;
/** The processor was away when it happened. */
const LONG_AGO = '2026-01-01T00:00:00.000Z';

jest.setTimeout(40_000);

let ending = new AbortController();
let reading: Promise<void> = Promise.resolve();
beforeEach(() => {
  ending = new AbortController();
});
afterEach(async () => {
  ending.abort();
  await reading;
});

/** A purchase whose answer was lost and of which the gateway gives no word, and another one that was approved. */
async function twoPurchases() {
  const alpha = new ScriptedGateway('alpha').script({ outcome: 'unknown', message: 'reset' });
  const { ports: still, runner, store } = house([alpha]);
  let aheadMs = 0;
  const monotonicMs = () => performance.now() + aheadMs;
  const ports = { ...still, clock: Object.assign(new SystemClock(), { monotonicMs }) };
  await runner.execute(call(create(), 'k1'));
  alpha.script((sent) => approval(sent, { settled: false }));
  await runner.execute(call(create(), 'k2', { paymentId: OTHER_ID }));
  const [lost, known] = alpha.sends;
  if (lost === undefined || known === undefined) throw new Error('nothing was sent');
  alpha.tell(lost.key, { outcome: 'unknown', message: 'away' });
  const fact = (id: string, of: typeof lost, kind: GatewayFact['kind']): GatewayFact => {
    const { key, paymentId, amount } = of;
    return { id, paymentId, key, at: LONG_AGO, amount, currency: 'EUR', kind };
  };
  const disputed = fact('f1', lost, { type: 'dispute_opened', disputeId: 'dp_1' });
  const pages = new Map<string | null, readonly GatewayFact[]>([
    [null, [disputed]],
    ['1', [fact('f2', known, { type: 'settled' })]],
    ['2', [fact('f3', lost, { type: 'dispute_won', disputeId: 'dp_1' })]],
  ]);
  let endless = false;
  alpha.facts = async (cursor) => {
    const next = Number(cursor ?? '0') + (pages.has(cursor) || endless ? 1 : 0);
    if (endless) await setTimeout(PAGE_MS);
    return { facts: pages.get(cursor) ?? [], cursor: String(next) };
  };
  const moved: string[] = [];
  const cursors = {
    of: () => Promise.resolve(null),
    move: (_gateway: string, cursor: string) => Promise.resolve(void moved.push(cursor)),
  };
  const logger = { warn: () => undefined };
  reading = readFeeds({ ports, cursors, logger, signal: ending.signal });
  return {
    moved,
    later: (ms: number) => {
      aheadMs += ms;
    },
    /** From now on there is always another page. */
    neverEnds: () => {
      endless = true;
    },
    tells: () => alpha.tell(lost.key, approval(lost)),
    payment: async (id: string) => foldPayment(await store.readStream(paymentStream(id))),
  };
}

describe('a fact for which the gateway has to be asked first', () => {
  it('holds up the facts of its own payment only, and the place that the feed keeps', async () => {
    const { moved, tells, payment } = await twoPurchases();
    await eventually(async () =>
      expect(await payment(OTHER_ID)).toMatchObject({ status: 'COMPLETED' }),
    );
    expect(await payment(PAYMENT_ID)).toMatchObject({ status: 'PROCESSING', disputes: [] });
    expect(moved).toEqual([]);
    tells();
    await eventually(async () =>
      expect(await payment(PAYMENT_ID)).toMatchObject({
        status: 'COMPLETED',
        disputes: [{ status: 'won', amount: 2500n }],
      }),
    );
    await eventually(() => expect(moved).toEqual(['3']));
  });

  it('is asked about again also while the feed always has another page', async () => {
    const { moved, neverEnds, tells, payment } = await twoPurchases();
    neverEnds();
    await eventually(async () =>
      expect(await payment(OTHER_ID)).toMatchObject({ status: 'COMPLETED' }),
    );
    tells();
    await eventually(async () =>
      expect(await payment(PAYMENT_ID)).toMatchObject({ disputes: [{ status: 'won' }] }),
    );
    await eventually(() => expect(moved).not.toEqual([]));
  });

  it('is recorded without its word after an hour, counted from when it was asked first', async () => {
    const { later, payment } = await twoPurchases();
    await eventually(async () =>
      expect(await payment(OTHER_ID)).toMatchObject({ status: 'COMPLETED' }),
    );
    expect(await payment(PAYMENT_ID)).toMatchObject({ status: 'PROCESSING' });
    later(HOUR_MS);
    await eventually(async () =>
      expect(await payment(PAYMENT_ID)).toMatchObject({
        status: 'CAPTURED',
        amountCaptured: 2500n,
      }),
    );
  });
});
