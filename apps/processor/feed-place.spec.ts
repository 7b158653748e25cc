import { GatewayUnreachable, type GatewayFact } from '../../libs/gateways/payment-gateway.js';
import { paymentStream } from '../../libs/payments/payment.stream.js';
import type { Chance } from '../../libs/platform/chance.js';
import { SystemClock } from '../../libs/platform/clock.js';
import { newEventId } from '../../libs/platform/ids.js';
import { call, create, house } from '../../libs/testing/payment-house.js';
import { CountingStore } from '../../libs/testing/counting-store.js';
import { ScriptedGateway } from '../../libs/testing/scripted-gateway.js';
import { readFeeds } from './feed-reader.js';

/** Every pause is in the middle of its range. */
const EVEN: Chance = { newId: newEventId, fraction: () => 0.5 };

type Page = Awaited<ReturnType<ScriptedGateway['facts']>>;

/** The process has been up for longer than a fact may wait. */
const UP_MS = 36_000_000;

/** Its pauses are over at once; the reading ends in the one that a spec names. */
class FeedClock extends SystemClock {
  readonly pauses: number[] = [];
  readonly ending = new AbortController();
  endsAfter = 1;

  override monotonicMs(): number {
    return UP_MS + this.pauses.reduce((sum, ms) => sum + ms, 0);
  }

  override async pause(ms: number): Promise<void> {
    this.pauses.push(ms);
    if (this.pauses.length >= this.endsAfter) this.ending.abort();
  }
}

/** A feed whose pages a spec gives, in the order in which they are asked for; then none. */
function feedHouse(kept: string | null = null) {
  const alpha = new ScriptedGateway('alpha');
  const store = new CountingStore();
  const { ports, runner } = house([alpha], {}, { store });
  const clock = new FeedClock();
  const pages: (Page | Error)[] = [];
  const askedFrom: (string | null)[] = [];
  alpha.facts = async (cursor) => {
    askedFrom.push(cursor);
    const page = pages.shift() ?? { facts: [], cursor };
    if (page instanceof Error) throw page;
    return page;
  };
  const moved: string[] = [];
  const warned: string[] = [];
  const eventsOf = (paymentId: string) => store.readStream(paymentStream(paymentId));
  let asked = 0;
  const ask = alpha.ask.bind(alpha);
  alpha.ask = (about) => {
    asked += 1;
    return ask(about);
  };
  return {
    clock,
    pages,
    askedFrom,
    moved,
    warned,
    store,
    asked: () => asked,
    /** What was recorded of disputes, in its order. */
    disputesOf: async (paymentId: string) => {
      const types = (await eventsOf(paymentId)).map(({ type }) => type);
      return types.filter((type) => type.startsWith('Dispute'));
    },
    /** A payment; `lost`: its gateway gives no word of it. */
    paid: async (paymentId: string, lost = false) => {
      if (lost) alpha.script({ outcome: 'unknown', message: 'reset' });
      await runner.execute(call(create(), paymentId, { paymentId }));
      const sent = alpha.sends.at(-1);
      if (sent === undefined) throw new Error('nothing was sent');
      if (lost) alpha.tell(sent.key, { outcome: 'unknown', message: 'away' });
      const { key, amount } = sent;
      return (id: string, type: 'dispute_opened' | 'dispute_won' = 'dispute_opened') => {
        const at = '2026-01-01T00:00:00.000Z';
        const kind: GatewayFact['kind'] = { type, disputeId: `dis_${paymentId}` };
        return { id, paymentId, key, at, amount, currency: 'EUR' as const, kind };
      };
    },
    read: () =>
      readFeeds({
        ports: { ...ports, clock, chance: EVEN },
        cursors: {
          of: async () => kept,
          move: async (_gateway, cursor) => void moved.push(cursor),
        },
        logger: { warn: (_fields: unknown, text?: string) => void warned.push(text ?? '') },
        signal: clock.ending.signal,
      }),
  };
}

describe('the place in a feed', () => {
  it('is where it was kept, and is kept after each page once its facts are recorded', async () => {
    const { pages, paid, read, askedFrom, moved, warned, disputesOf } = feedHouse('7');
    const [one, other] = [await paid('pay_1'), await paid('pay_2')];
    pages.push({ facts: [one('f1')], cursor: '8' }, { facts: [], cursor: '9' });
    const both = [other('f2'), other('f3', 'dispute_won')];
    pages.push({ facts: [...both, one('f4', 'dispute_won')], cursor: '10' });
    await read();
    expect([askedFrom, moved]).toEqual([
      ['7', '8', '9', '10'],
      ['8', '9', '10'],
    ]);
    expect(await disputesOf('pay_1')).toEqual(['DisputeOpened', 'DisputeWon']);
    expect(await disputesOf('pay_2')).toEqual(['DisputeOpened', 'DisputeWon']);
    expect(warned).toEqual([]);
  });

  it('is not kept again where the feed told nothing new, nor where it has none', async () => {
    const { clock, pages, read, askedFrom, moved } = feedHouse('7');
    clock.endsAfter = 2;
    pages.push({ facts: [], cursor: null });
    await read();
    expect([askedFrom, moved, clock.pauses]).toEqual([['7', '7'], [], [1_000, 1_000]]);
  });

  it('is kept behind facts of payments that are not here, of which the log tells', async () => {
    const { pages, paid, read, moved, warned } = feedHouse();
    const stranger = { ...(await paid('pay_1'))('f1'), paymentId: 'pay_nobody' };
    pages.push({ facts: [stranger], cursor: '1' });
    await read();
    expect([moved, warned]).toEqual([['1'], ['a fact of a payment that is not here']]);
  });

  it('stays while a fact waits for its gateway, which is asked now and then', async () => {
    const { clock, pages, paid, read, moved, warned, asked, disputesOf } = feedHouse();
    const [lost, known] = [await paid('pay_lost', true), await paid('pay_known')];
    pages.push({ facts: [lost('f1'), known('f2')], cursor: '1' });
    clock.endsAfter = 60;
    await read();
    expect(asked()).toBeGreaterThan(10);
    expect(asked()).toBeLessThan(20);
    expect(new Set(warned)).toEqual(new Set(['a fact waits for its gateway']));
    expect([moved, await disputesOf('pay_lost')]).toEqual([[], []]);
    expect(await disputesOf('pay_known')).toHaveLength(1);
  });

  it('goes on after an hour, with what waited in its order', async () => {
    const { clock, pages, paid, read, store, moved, disputesOf } = feedHouse();
    const lost = await paid('pay_lost', true);
    pages.push({ facts: [lost('f1')], cursor: '1' });
    // A feed that stays where it is tells its facts again.
    const stays = { facts: [lost('f2', 'dispute_won')], cursor: '2' };
    pages.push(...Array.from({ length: 3_000 }, () => stays));
    clock.endsAfter = 3_700;
    await read();
    expect(store.reads).toBeLessThan(2_000);
    expect(await disputesOf('pay_lost')).toEqual(['DisputeOpened', 'DisputeWon']);
    expect(moved).toEqual(['2']);
  });

  it('stays where a hundred payments wait', async () => {
    const { clock, pages, paid, read, askedFrom } = feedHouse();
    const facts: GatewayFact[] = [];
    for (let n = 0; n < 100; n += 1) facts.push((await paid(`pay_${n}`, true))('f1'));
    pages.push({ facts: facts.slice(1), cursor: '1' }, { facts: facts.slice(0, 1), cursor: '2' });
    clock.endsAfter = 5;
    await read();
    expect(askedFrom).toEqual([null, '1']);
  });
});

describe('a feed that is away', () => {
  it('is asked less often, at most every five seconds, until it is there again', async () => {
    const { clock, pages, read, warned } = feedHouse();
    const away = () => new GatewayUnreachable('away');
    pages.push(...Array.from({ length: 6 }, away), { facts: [], cursor: null }, away());
    clock.endsAfter = 8;
    await read();
    const { pauses } = clock;
    expect([pauses.slice(4), pauses[7]]).toEqual([[5_000, 5_000, 1_000, pauses[0]], pauses[0]]);
    expect(pauses.slice(0, 5)).toEqual(pauses.slice(0, 5).toSorted((one, other) => one - other));
    expect(warned).toEqual(Array.from({ length: 7 }, () => 'the feed of facts is away'));
  });

  it('is no other fault, which ends the reading', async () => {
    const { pages, read } = feedHouse();
    pages.push(new Error('of another kind'));
    await expect(read()).rejects.toThrow('of another kind');
  });

  it('is no fault of the log, which ends the reading, and keeps no place', async () => {
    const { pages, paid, read, store, moved } = feedHouse();
    pages.push({ facts: [(await paid('pay_1'))('f1')], cursor: '1' });
    store.faults.push(new Error('of the log'));
    await expect(read()).rejects.toThrow('of the log');
    expect(moved).toEqual([]);
  });
});
