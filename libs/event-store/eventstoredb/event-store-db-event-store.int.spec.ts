import { jest } from '@jest/globals';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { findEventStoreDb, type EventStoreDbEngine } from '../../testing/event-store-db.js';
import { eventually } from '../../testing/eventually.js';
import { startTcpProxy, type TcpProxy } from '../../testing/tcp-proxy.js';
import { newEvents, newStream } from '../contract/harness.js';
import { OutcomeUnknown, StoreUnavailable, type EventStore } from '../event-store.js';
import { EventStoreDbUnusable, openEventStoreDb } from './event-store-db-event-store.js';
import { LogReader } from './log-reader.js';

const SECRET = 'hunter2';

describe('opening an EventStoreDB', () => {
  it.each([
    ['that does not answer', `esdb://admin:${SECRET}@127.0.0.1:1?tls=false`],
    ['by what is no address', `${SECRET}`],
  ])(
    '%s is refused with a sentence that has no secret',
    async (_name, url) => {
      const error: unknown = await openEventStoreDb({ url }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(EventStoreDbUnusable);
      expect(String(error)).toContain('EVENTSTORE_URL');
      expect(String(error)).not.toContain(SECRET);
    },
    30_000,
  );
});

const start = findEventStoreDb();
const described = start === null ? describe.skip : describe;

described('EventStoreDB beside others (needs EVENTSTORE_URL or Docker)', () => {
  let engine: EventStoreDbEngine;
  let proxy: TcpProxy;
  let store: EventStore;
  let client: EventStoreDBClient;
  beforeAll(async () => {
    if (start === null) return;
    engine = await start();
    const address = /([^/@:]+):(\d+)/.exec(engine.url.slice('esdb://'.length));
    proxy = await startTcpProxy({ host: address?.[1] ?? '', port: Number(address?.[2]) });
    const url = engine.url.replace(address?.[0] ?? '', `127.0.0.1:${proxy.port}`);
    store = await openEventStoreDb({ url, ackTimeoutMs: 1_000 });
    // Only reads and unary appends here: the client's batch path is one for the whole process.
    client = EventStoreDBClient.connectionString(engine.url);
  }, 120_000);
  afterAll(async () => {
    await store?.close();
    await client?.dispose();
    await proxy?.close();
    await engine?.dispose();
  }, 60_000);

  it("does not see events that are none of Tillstream's", async () => {
    const first = await store.append(newStream(), 'no stream', newEvents(1));
    const foreign = [
      jsonEvent({ type: 'Foreign', data: { a: 1 } }),
      jsonEvent({ type: 'Foreign', data: {}, metadata: { version: 1 } }),
    ];
    const credentials = { username: 'admin', password: 'changeit' };
    await client.appendToStream(newStream('foreign'), foreign, { credentials });
    const last = await store.append(newStream(), 'no stream', newEvents(1));
    await eventually(async () => expect(await store.head()).toBe(last.position));
    const page = await store.readAll(first.position, 10);
    expect(page.events.map((event) => event.position)).toEqual([last.position]);
    expect(await store.countAfter(first.position, 10)).toBe(1);
  });

  it('keeps its own stream and id out of the log', async () => {
    const { events } = await store.readAll('0'.repeat(32), 50);
    expect(events.filter((event) => event.stream === 'tillstream-log')).toEqual([]);
  });

  it('says that it is away while it is, and comes back by itself', async () => {
    const target = proxy.target;
    proxy.target = { host: '127.0.0.1', port: 1 };
    await proxy.cut();
    const outcome = () =>
      store.append(newStream(), 'no stream', newEvents(1)).catch((reason: unknown) => reason);
    await eventually(async () => expect(await outcome()).toBeInstanceOf(StoreUnavailable));
    await expect(store.readAll('0'.repeat(32), 1)).rejects.toThrow(StoreUnavailable);
    proxy.target = target;
    await eventually(() => store.append(newStream(), 'no stream', newEvents(1)));
  }, 60_000);

  it('takes nothing and gives nothing where another log stands after it was away', async () => {
    const before = await store.append(newStream(), 'no stream', newEvents(1));
    const named = jest.spyOn(LogReader.prototype, 'logId').mockResolvedValue(undefined);
    const target = proxy.target;
    proxy.target = { host: '127.0.0.1', port: 1 };
    await proxy.cut();
    await expect(store.readAll('0'.repeat(32), 1)).rejects.toThrow(StoreUnavailable);
    proxy.target = target;
    const uses = () => [
      store.append(newStream(), 'no stream', newEvents(1)),
      store.readAll('0'.repeat(32), 1),
      store.readStream(newStream()),
    ];
    await eventually(async () => {
      for (const outcome of await Promise.allSettled(uses())) {
        expect(outcome).toMatchObject({
          reason: { message: expect.stringContaining('another log') as string },
        });
      }
    });
    named.mockRestore();
    await eventually(async () => expect(await store.head()).toBe(before.position));
  }, 60_000);

  it('takes no read for complete that was cut off when the connection was renewed', async () => {
    const stream = newStream();
    await store.append(stream, 'no stream', newEvents(1));
    const goOn = proxy.stall();
    const outcome = (answer: Promise<unknown>) => answer.catch((reason: unknown) => reason);
    const reads = [store.readStream(stream), store.readAll('0'.repeat(32), 10), store.head()].map(
      outcome,
    );
    const lost = await outcome(store.append(newStream(), 'no stream', newEvents(1)));
    expect(lost).toBeInstanceOf(OutcomeUnknown);
    // The next append needs another connection, and cancels what is left on this one.
    const next = outcome(store.append(newStream(), 'no stream', newEvents(1)));
    for (const read of await Promise.all(reads)) expect(read).toBeInstanceOf(StoreUnavailable);
    goOn();
    await next;
    await eventually(() => store.append(newStream(), 'no stream', newEvents(1)));
  }, 60_000);

  it('holds up no append behind those that a frozen server took, and lets all in once it goes on', async () => {
    const streams = Array.from({ length: 400 }, () => newStream());
    const batch = newEvents(4);
    const goOn = proxy.stall();
    const startedAt = performance.now();
    const outcomes = await Promise.all(
      streams.map((stream) =>
        store.append(stream, 'no stream', batch).catch((reason: unknown) => reason),
      ),
    );
    // Long before the client finds out by itself, after 20 s, that nobody is there.
    expect(performance.now() - startedAt).toBeLessThan(12_000);
    goOn();
    for (const [place, stream] of streams.entries()) {
      const outcome = outcomes[place];
      if (outcome instanceof OutcomeUnknown || outcome instanceof StoreUnavailable) {
        await eventually(() => store.append(stream, 'no stream', batch));
      }
    }
  }, 60_000);

  it('has the answer of an append unknown when the connection is lost with it in flight', async () => {
    const batch = newEvents(1);
    const streams = Array.from({ length: 30 }, () => newStream());
    const appends = streams.map((stream) =>
      store.append(stream, 'no stream', batch).catch((reason: unknown) => reason),
    );
    await proxy.cut();
    for (const outcome of await Promise.all(appends)) {
      const known = outcome instanceof OutcomeUnknown || outcome instanceof StoreUnavailable;
      expect(known || (outcome as { revision: number }).revision === 0).toBe(true);
    }
    for (const stream of streams) {
      await eventually(() => store.append(stream, 'no stream', batch));
      expect(await store.readStream(stream)).toHaveLength(1);
    }
  }, 60_000);
});
