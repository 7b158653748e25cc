import { eventually } from '../../testing/eventually.js';
import {
  LOG_START,
  type EventStore,
  type LogFilter,
  type Position,
  type RecordedEvent,
} from '../event-store.js';
import { verifyChain } from '../hash-chain.js';
import { InvalidPosition } from '../position.js';
import { idsOf, newEvents, newStream } from './harness.js';

const LONG_STREAM = 2_300;
const BATCH = 100;

export async function readAllPages(
  store: EventStore,
  after: Position,
  { limit = 100, filter }: { limit?: number; filter?: LogFilter } = {},
): Promise<{ events: RecordedEvent[]; position: Position }> {
  const events: RecordedEvent[] = [];
  let position = after;
  for (;;) {
    const page = await store.readAll(position, limit, filter);
    expect(page.events.length).toBeLessThanOrEqual(limit);
    events.push(...page.events);
    position = page.position;
    if (page.atEnd) return { events, position };
  }
}

export function describeStreams(store: () => EventStore): void {
  describe('readStream', () => {
    it('gives an empty list for a missing stream', async () => {
      expect(await store().readStream(newStream())).toEqual([]);
    });

    it('begins at a revision, and gives nothing from behind the end', async () => {
      const stream = newStream();
      const events = newEvents(5);
      await store().append(stream, 'no stream', events);
      expect(idsOf(await store().readStream(stream, 3))).toEqual(idsOf(events.slice(3)));
      expect(await store().readStream(stream, 5)).toEqual([]);
    });

    it(`reads a stream of ${LONG_STREAM} events in order`, async () => {
      const stream = newStream();
      const events = newEvents(LONG_STREAM);
      let head = await store().append(stream, 'no stream', events.slice(0, BATCH));
      for (let from = BATCH; from < events.length; from += BATCH) {
        head = await store().append(stream, head, events.slice(from, from + BATCH));
      }
      const stored = await store().readStream(stream);
      expect(idsOf(stored)).toEqual(idsOf(events));
      expect(verifyChain(stored)).toBeNull();
    });
  });
}

export function describeLog(store: () => EventStore, other: () => EventStore): void {
  describe('the log', () => {
    it('has an id that every instance gives', async () => {
      expect(await store().logId()).toMatch(/^log_[0-9a-f]{12}$/);
      expect(await other().logId()).toBe(await store().logId());
    });

    it('has one order, the same for every size of page, in which each stream keeps its own', async () => {
      const start = await store().head();
      const streams = [newStream(), newStream(), newStream()];
      for (let round = 0; round < 4; round++) {
        await Promise.all(streams.map((stream) => appendNext(store(), stream, 2)));
      }
      const whole = await eventually(async () => {
        const { events } = await readAllPages(store(), start);
        expect(events).toHaveLength(24);
        return events;
      });
      expect(whole.map((event) => event.position)).toEqual(
        whole.map((event) => event.position).toSorted(),
      );
      expect(new Set(whole.map((event) => event.position)).size).toBe(24);
      for (const stream of streams) {
        const own = whole.filter((event) => event.stream === stream);
        expect(own).toEqual(await store().readStream(stream));
      }
      for (const limit of [1, 5, 24]) {
        expect((await readAllPages(other(), start, { limit })).events).toEqual(whole);
      }
    });

    it('is read from behind a position, which an append gave', async () => {
      const stream = newStream();
      const first = await store().append(stream, 'no stream', newEvents(2));
      const events = newEvents(2);
      const second = await store().append(stream, first, events);
      await eventually(async () => expect(await store().head()).toBe(second.position));
      const { events: behind } = await readAllPages(store(), first.position);
      expect(idsOf(behind)).toEqual(idsOf(events));
      expect(await store().readAll(second.position, 10)).toEqual({
        events: [],
        position: second.position,
        atEnd: true,
      });
    });

    it('is filtered by the beginning of the stream name, and moves on over the rest', async () => {
      const start = await store().head();
      const [wanted, unwanted] = [newStream('wanted_%'), newStream('wantedX%')];
      await appendNext(store(), wanted, 3);
      await appendNext(store(), unwanted, 5);
      await appendNext(store(), wanted, 2);
      const last = await appendNext(store(), unwanted, 4);
      const filter = { streamPrefixes: ['wanted_%-', 'no such prefix'] };
      await eventually(async () => expect(await store().head()).toBe(last.position));
      for (const limit of [1, 2, 100]) {
        const { events, position } = await readAllPages(store(), start, { limit, filter });
        expect(events).toEqual(await store().readStream(wanted));
        expect(position).toBe(last.position);
      }
      expect(
        (await readAllPages(store(), start, { filter: { streamPrefixes: [] } })).events,
      ).toEqual([]);
    });

    it('begins at LOG_START, and tells its head and what is behind a position', async () => {
      const stream = newStream();
      const first = await store().append(stream, 'no stream', newEvents(1));
      const last = await store().append(stream, first, newEvents(3));
      await eventually(async () => expect(await store().head()).toBe(last.position));
      expect(await store().countAfter(first.position, 100)).toBe(3);
      expect(await store().countAfter(first.position, 2)).toBe(2);
      expect(await store().countAfter(last.position, 100)).toBe(0);
      const [earliest] = (await store().readAll(LOG_START, 1)).events;
      expect(earliest?.revision).toBe(0);
      expect(await store().countAfter(LOG_START, 4)).toBe(4);
    });

    it('refuses what is no position', async () => {
      await expect(store().readAll('1', 10)).rejects.toThrow(InvalidPosition);
      await expect(store().countAfter('-'.repeat(32), 10)).rejects.toThrow(InvalidPosition);
    });
  });
}

async function appendNext(store: EventStore, stream: string, count: number) {
  const last = (await store.readStream(stream)).at(-1);
  const head =
    last === undefined ? 'no stream' : { revision: last.revision, hash: last.metadata.hash };
  return store.append(stream, head, newEvents(count));
}
