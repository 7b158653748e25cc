import { InMemoryEventStore } from '../../libs/event-store/in-memory/in-memory-event-store.js';
import { LOG_START, type RecordedEvent } from '../../libs/event-store/event-store.js';
import { SystemClock } from '../../libs/platform/clock.js';
import { initiated, PaymentLog, purchase, refund } from '../../libs/testing/payment-log.js';
import { recordedLife, unknownEvent, type LifeEvent } from '../../libs/testing/payment-lives.js';
import { StreamPrefixes } from '../../projections/runner/stream-prefixes.js';
import type { DuePayment } from './due-after.js';
import { DueNotes } from './due-notes.js';
import type { Noted } from './due-payments.js';
import { FirstSeen } from './first-seen.js';
import { FollowedPayments } from './followed-payments.js';

const LOOKS = 7;
const ALL = { amount: '2500' };

describe('what the log asks of the processor', () => {
  function notes(past: readonly RecordedEvent[] = []) {
    const written: { readonly due: readonly DuePayment[]; readonly to: string }[] = [];
    const due = {
      note: async ({ due }: Noted, to: string) => void written.push({ due, to }),
    };
    const streams = {
      before: async (_stream: string, revision: number) => past.slice(0, revision),
    };
    const seen = new FirstSeen(new SystemClock());
    const taken = new DueNotes(
      { due, seen, watching: false, token: '1' },
      new FollowedPayments(streams),
    );
    return { written, notes: taken };
  }

  async function concernsOf(
    life: readonly LifeEvent[],
    pages: readonly (readonly [from: number, to: number])[] = [[0, life.length]],
  ) {
    const events = recordedLife(life);
    const { written, notes: taken } = notes(events);
    for (const [from, to] of pages) {
      await taken.take({ events: events.slice(from, to), position: `p${to}`, atEnd: true });
    }
    await taken.write();
    return written.map(({ due }) => due.map(({ concern, at, isNew }) => [concern, at, isNew]));
  }

  const authorized: LifeEvent[] = [
    ['PaymentInitiated', { captureMethod: 'manual', captureAfterS: null }],
    ['AuthorizationRequested'],
    ['AuthorizationApproved', { expiresAt: '2026-03-08T10:00:00.000Z' }],
  ];
  const captured: LifeEvent[] = [
    ...authorized,
    ['CaptureRequested', ALL],
    ['CaptureApproved', ALL],
  ];

  it.each([
    ['an intent without a word', authorized.slice(0, 2), ['running', null, true]],
    ['a purchase at rest', purchaseLife(), ['over', null, true]],
    ['an approval to be given back', purchaseLife({ undo: true }), ['look', null, true]],
    ['what an operator closed without the word of the gateway', closedLife(), ['ask', null, true]],
    ['an authorization', authorized, ['at', '2026-03-08T10:00:00.000Z', true]],
    ['a capture of all', captured, ['over', null, true]],
    ['an unknown outcome', [...authorized.slice(0, 2), ['OutcomeUnknown']], ['ask', null, true]],
  ] as const)('is told of %s by what is folded', async (_, life, concern) => {
    expect(await concernsOf(life as LifeEvent[])).toEqual([[concern]]);
  });

  it('is the same in one page, in several, and where only the last one is read', async () => {
    expect(
      await concernsOf(captured, [
        [0, 2],
        [2, 4],
        [4, 5],
      ]),
    ).toEqual([[['over', null, true]]]);
    expect(await concernsOf(captured, [[4, 5]])).toEqual([[['over', null, false]]]);
  });

  it('is told by the type of an event where the payment can not be folded', async () => {
    const events = recordedLife(captured);
    const { written, notes: taken } = notes([]);
    await taken.take({ events: events.slice(4), position: 'p', atEnd: true });
    await taken.take({ events: [unknownEvent(5)], position: 'q', atEnd: true });
    await taken.write();
    expect(written.map(({ due }) => due.map(({ concern }) => concern))).toEqual([['look']]);
  });

  it('leaves a running operation its time when a fact comes beside it', async () => {
    const life: LifeEvent[] = [...captured, ['RefundRequested'], ['CaptureSettled']];
    const page = await concernsOf(life, [[6, 7]]);
    expect(page).toEqual([[['aside', null, false]]]);
    expect(await concernsOf(life, [[5, 7]])).toEqual([[['running', null, false]]]);
  });

  it('waits for what ends soon, and for nothing that is due', async () => {
    const events = recordedLife(captured);
    const { written, notes: taken } = notes(events);
    await taken.take({ events: events.slice(0, 2), position: 'p1', atEnd: true });
    for (let look = 1; look < LOOKS; look += 1) await taken.writeRipe();
    expect(written).toEqual([]);
    await taken.take({ events: events.slice(2), position: 'p2', atEnd: true });
    await taken.writeRipe();
    expect(written.map(({ due, to }) => [due.length, to])).toEqual([[1, 'p2']]);
    await taken.take({ events: [unknownEvent(9)], position: 'p3', atEnd: true });
    await taken.writeRipe();
    expect(written.at(-1)?.to).toBe('p3');
    await taken.writeRipe();
    expect(written).toHaveLength(2);
  });

  it('reads streams of the store that are not in memory', async () => {
    const store = new InMemoryEventStore();
    const log = new PaymentLog(store);
    await log.append('pay_1', purchase({ id: 'pay_1' }));
    await log.append('pay_2', [initiated({ id: 'pay_2' })]);
    const { position } = await store.readAll(LOG_START, 100);
    await log.append('pay_1', refund({ id: 'pay_1' }, '100'));
    const { events } = await store.readAll(position, 100);
    const after = await new FollowedPayments(StreamPrefixes.of(store)).after(events);
    expect([...after].map(([stream, { amountRefunded }]) => [stream, amountRefunded])).toEqual([
      ['payment-pay_1', 100n],
    ]);
  });
});

function purchaseLife(approval: LifeEvent[1] = {}): LifeEvent[] {
  return [['PaymentInitiated'], ['PurchaseRequested'], ['PurchaseApproved', approval]];
}

function closedLife(): LifeEvent[] {
  const operation = { intent: 1, outcome: 'declined', amount: null, gatewayReference: null };
  return [
    ['PaymentInitiated'],
    ['PurchaseRequested'],
    ['OutcomeUnknown'],
    ['AttemptDeclined', { ends: 'generic_decline' }],
    ['OperatorResolved', { operation }],
  ];
}
