import { LOG_START, type RecordedEvent } from '../event-store/event-store.js';
import { InMemoryEventStore } from '../event-store/in-memory/in-memory-event-store.js';
import { newEvents, PaymentLog, purchase, refund } from '../testing/payment-log.js';
import { Findings } from './finding.js';
import { StreamChains } from './stream-chains.js';

const ONE = { id: 'pay_one' };
const ALTERED = 'was altered, or the event before it was: its hash is not that of what is stored';

describe('the chain of a stream', () => {
  let findings: Findings;
  let chains: StreamChains;
  let events: readonly RecordedEvent[];
  beforeEach(async () => {
    findings = new Findings();
    chains = new StreamChains(findings);
    const store = new InMemoryEventStore();
    const log = new PaymentLog(store);
    await log.append(ONE.id, purchase(ONE));
    await log.append(ONE.id, refund(ONE, '100'));
    await store.append('key-one', 'no stream', newEvents(purchase(ONE)));
    ({ events } = await store.readAll(LOG_START, 100));
  });

  /** Which of them could be followed, and what was found. */
  function taken(some: readonly (RecordedEvent | undefined)[]) {
    const followed = some.map((event) => event !== undefined && chains.take(event));
    const told = findings.list().map(({ check, revision, message }) => [check, revision, message]);
    return { followed, told };
  }

  function changed(nth: number, change: (event: RecordedEvent) => RecordedEvent) {
    return taken(events.map((event, index) => (index === nth ? change(event) : event)));
  }

  it('holds where nothing was touched', () => {
    expect(taken(events)).toEqual({ followed: events.map(() => true), told: [] });
    expect(chains.streams).toBe(2);
  });

  it('names what is missing, from the first event on, and goes on behind it', () => {
    const [first, , third, fourth] = events;
    expect(taken([first, third, fourth])).toEqual({
      followed: [true, false, true],
      told: [['revisions', 2, 'revision 1, which stood before this event, is missing']],
    });
  });

  it('names how many are missing', () => {
    expect(taken([events[3]])).toEqual({
      followed: [false],
      told: [['revisions', 3, 'revisions 0 to 2, which stood before this event, are missing']],
    });
  });

  it.each([
    ['again', 1, 1],
    ['behind a later one', 1, 2],
  ])('names an event that stands there %s', (_title, nth, last) => {
    const { followed, told } = taken([...events.slice(0, last + 1), events[nth]]);
    expect(followed.at(-1)).toBe(false);
    const text = `revision ${nth} comes behind ${last}: out of order`;
    expect(told).toContainEqual(['revisions', nth, text]);
  });

  it('names an event that was altered, and follows it', () => {
    const { followed, told } = changed(1, (event) => ({ ...event, type: 'Another' }));
    expect(followed).not.toContain(false);
    expect(told).toEqual([['hash_chain', 1, ALTERED]]);
  });

  it('names an event that holds what is no JSON, and follows it', () => {
    const data = { amount: Number.NaN };
    const { followed, told } = changed(1, (event) => ({ ...event, data }));
    expect(followed).not.toContain(false);
    expect(told).toEqual([['hash_chain', 1, 'was altered: it holds what no append lets in']]);
  });

  const at = (instant: string) => (event: RecordedEvent) => {
    return { ...event, metadata: { ...event.metadata, at: instant } };
  };

  it('names what happened at no instant, and before the event that it follows', () => {
    const before = events[0]?.metadata.at ?? '';
    expect(changed(1, at('yesterday')).told).toContainEqual([
      'instants',
      1,
      'yesterday is no instant',
    ]);
    const earlier = '2026-01-01T00:00:00.000Z';
    const text = `happened at ${earlier}, the event before it at ${before}`;
    chains = new StreamChains(findings);
    expect(changed(1, at(earlier)).told).toContainEqual(['instants', 1, text]);
  });

  it('lets events of one stream happen at one instant, and those of keys by several clocks', () => {
    const same = events[0]?.metadata.at ?? '';
    expect(changed(1, at(same)).told.map(([check]) => check)).toEqual(['hash_chain']);
    findings = new Findings();
    chains = new StreamChains(findings);
    const ofKeys = events.length - 1;
    const { told } = changed(ofKeys, at('2026-01-01T00:00:00.000Z'));
    expect(told.map(([check]) => check)).toEqual(['hash_chain']);
  });
});
