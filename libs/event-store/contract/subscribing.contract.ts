import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { eventually } from '../../testing/eventually.js';
import {
  StoreUnavailable,
  type Appended,
  type EventStore,
  type LogPage,
  type RecordedEvent,
} from '../event-store.js';
import {
  appendUntilKnown,
  collect,
  idsOf,
  newEvent,
  newEvents,
  newStream,
  type EventStoreHarness,
} from './harness.js';

const SLOW_EVENT_BYTES = 500_000;
const SLOW_EVENTS = 60;
const SLOW_MEMORY_MAX_BYTES = 15_000_000;
const RESTART_TIMEOUT_MS = 120_000;

export function describeSubscriptions(
  store: () => EventStore,
  other: () => EventStore,
  harness: () => EventStoreHarness,
): void {
  let ended: AbortController;
  beforeEach(() => {
    ended = new AbortController();
  });
  afterEach(() => ended.abort());

  describe('subscribeAll', () => {
    it('gives what is there and what comes, each event once and in order, to every subscriber', async () => {
      const stream = newStream();
      const first = await store().append(stream, 'no stream', newEvents(1));
      let head = await store().append(stream, first, newEvents(30));
      const subscribers = [store(), store(), other()].map((one) =>
        collect(
          one.subscribeAll(first.position, { signal: ended.signal, batchMax: 7 }),
          (events, page) => {
            expect(page.events.length).toBeLessThanOrEqual(7);
            return events.length >= 60;
          },
        ),
      );
      for (let round = 0; round < 10; round++) {
        head = await store().append(stream, head, newEvents(3));
      }
      const expected = (await store().readStream(stream)).slice(1);
      for (const events of await Promise.all(subscribers)) expect(events).toEqual(expected);
    });

    it('tells once when it has caught up, also where nothing is behind', async () => {
      const { position } = await store().append(newStream(), 'no stream', newEvents(1));
      await eventually(async () => expect(await store().head()).toBe(position));
      const pages: LogPage[] = [];
      for await (const page of store().subscribeAll(position, { signal: ended.signal })) {
        pages.push(page);
        if (page.events.length > 0) break;
        await store().append(newStream(), 'no stream', newEvents(1));
      }
      expect(pages[0]).toEqual({ events: [], position, atEnd: true });
      expect(pages).toHaveLength(2);
    });

    it('gives only events of the filter, and positions that move over all others', async () => {
      const [wanted, unwanted] = [newStream('wanted'), newStream('unwanted')];
      const start = await store().append(unwanted, 'no stream', newEvents(1));
      const first = await store().append(wanted, 'no stream', newEvents(2));
      const filter = { streamPrefixes: ['wanted-'] };
      const seen: RecordedEvent[] = [];
      let last: Appended | undefined;
      let [position, toldEnd] = [start.position, false];
      const pages = store().subscribeAll(start.position, { filter, signal: ended.signal });
      for await (const page of pages) {
        // A page is for news: events, a place further on, or the end that was reached.
        expect(page.position > position || (page.atEnd && !toldEnd)).toBe(true);
        position = page.position;
        toldEnd = page.atEnd;
        seen.push(...page.events);
        if (seen.length > 2) break;
        if (last !== undefined && page.position >= last.position) {
          await store().append(wanted, first, newEvents(1));
        } else if (seen.length === 2) {
          last ??= await store().append(unwanted, start, newEvents(5));
        }
      }
      expect(idsOf(seen)).toEqual(idsOf(await store().readStream(wanted)));
    });

    it('ends with its signal', async () => {
      const pages = store().subscribeAll(await store().head(), { signal: ended.signal });
      for await (const page of pages) if (page.atEnd) ended.abort();
      for await (const _page of store().subscribeAll('0'.repeat(32), { signal: ended.signal })) {
        throw new Error('an aborted signal begins nothing');
      }
    });

    it('loses nothing for a slow subscriber, and keeps no more than a few pages for it', async () => {
      const stream = newStream('slow');
      let head = await store().append(stream, 'no stream', newEvents(1));
      const filter = { streamPrefixes: [stream] };
      const options = { filter, batchMax: 5, signal: ended.signal };
      const pages = store().subscribeAll(head.position, options)[Symbol.asyncIterator]();
      let page: LogPage = (await pages.next()).value as LogPage;
      const before = await memoryInUse();
      const text = 'x'.repeat(SLOW_EVENT_BYTES);
      for (let index = 0; index < SLOW_EVENTS; index++) {
        head = await store().append(stream, head, [newEvent({ index, text })]);
      }
      if (harness().logInMemory !== true) {
        expect((await memoryInUse()) - before).toBeLessThan(SLOW_MEMORY_MAX_BYTES);
      }
      const seen: number[] = [];
      while (page.position < head.position) {
        page = (await pages.next()).value as LogPage;
        seen.push(...page.events.map((event) => event.revision));
        // Slower than a server's patience with a live subscriber.
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(seen).toEqual(Array.from({ length: SLOW_EVENTS }, (_, index) => index + 1));
    }, 60_000);

    it(
      'survives a restart of the engine, without gap or repeat; no append is lost or doubled (I-7, I-30)',
      async () => {
        const writers = [newStream('restart'), newStream('restart'), newStream('restart')];
        const start = await store().append(newStream(), 'no stream', newEvents(1));
        const wanted = new Map<string, string[]>(writers.map((stream) => [stream, []]));
        let restarted = false;
        const seen: RecordedEvent[] = [];
        const filter = { streamPrefixes: ['restart-'] };
        const options = { filter, batchMax: 10, signal: ended.signal };
        const reading = collect(store().subscribeAll(start.position, options), (events) => {
          seen.splice(0, seen.length, ...events);
          return restarted && events.length >= [...wanted.values()].flat().length;
        });
        let stopped = false;
        const writing = writers.map(async (stream) => {
          let head: Appended | 'no stream' = 'no stream';
          for (let after = 0; after < 20; after += stopped ? 1 : 0) {
            const events = newEvents(2);
            wanted.get(stream)?.push(...idsOf(events));
            head = await appendUntilKnown(store(), stream, head, events);
            // A store in memory answers without a turn of the event loop.
            await new Promise((resolve) => setImmediate(resolve));
          }
        });
        await eventually(() => expect(seen.length).toBeGreaterThan(20));
        await harness().restart();
        stopped = true;
        await Promise.all(writing);
        restarted = true;
        // The last page may have come before all was written: one more event lets the reader look again.
        await appendUntilKnown(store(), newStream('restart'), 'no stream', newEvents(1));
        const events = (await reading).filter((event) => wanted.has(event.stream));
        for (const [stream, ids] of wanted) {
          expect(idsOf(events.filter((event) => event.stream === stream))).toEqual(ids);
          expect(idsOf(await store().readStream(stream))).toEqual(ids);
        }
      },
      RESTART_TIMEOUT_MS,
    );
  });
}

export function describeClose(open: () => Promise<EventStore>): void {
  describe('close', () => {
    it('finishes appends in flight, ends subscriptions, and refuses what comes later', async () => {
      const store = await open();
      const stream = newStream();
      const signal = new AbortController().signal;
      const subscription = collect(store.subscribeAll('0'.repeat(32), { signal }), () => false);
      let appended: Appended | undefined;
      const append = store.append(stream, 'no stream', newEvents(1)).then((result) => {
        appended = result;
      });
      await Promise.all([store.close(), store.close()]);
      expect(appended).toMatchObject({ revision: 0 });
      await append;
      await subscription;
      await expect(store.append(stream, 'no stream', newEvents(1))).rejects.toThrow(
        StoreUnavailable,
      );
      await expect(store.readStream(stream)).rejects.toThrow(StoreUnavailable);
      await store.close();
    });
  });
}

async function memoryInUse(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  // What was freed by finalizers is counted after a turn.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
