import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { newEvents, newStream } from '../contract/harness.js';
import { OutcomeUnknown, StoreUnavailable, type EventStore } from '../event-store.js';
import { EventStoreDbConnection } from './connection.js';
import {
  EventStoreDbEventStore,
  EventStoreDbUnusable,
  openEventStoreDb,
} from './event-store-db-event-store.js';

const READ_TIMEOUT_MS = 300;
const ACK_TIMEOUT_MS = 300;
/** An append may wait for a new connection, that is tried for 3 s. */
const PATIENCE_MS = 5_000;
const LOG_START = '0'.repeat(32);

describe('an EventStoreDB that lets everybody in and says nothing', () => {
  const sockets = new Set<Socket>();
  let server: Server;
  let options: { url: string; readTimeoutMs: number; ackTimeoutMs: number };
  let store: EventStore | undefined;

  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = `esdb://127.0.0.1:${port}?tls=false`;
    options = { url, readTimeoutMs: READ_TIMEOUT_MS, ackTimeoutMs: ACK_TIMEOUT_MS };
  });
  afterEach(async () => {
    await store?.close();
    store = undefined;
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });

  it('is refused at the start', async () => {
    const opened = openEventStoreDb(options);
    await expect(inTime(opened)).rejects.toThrow(EventStoreDbUnusable);
  }, 20_000);

  it('holds up no read', async () => {
    store = openUnasked();
    const reads = [store.readStream(newStream()), store.readAll(LOG_START, 10), store.head()];
    for (const read of reads as readonly Promise<unknown>[]) {
      await expect(inTime(read)).rejects.toThrow(StoreUnavailable);
    }
  }, 20_000);

  it('holds up no append, however many come at once', async () => {
    const opened = openUnasked();
    store = opened;
    const appends = Array.from({ length: 200 }, () =>
      inTime(opened.append(newStream(), 'no stream', newEvents(1))).catch(
        (reason: unknown) => reason,
      ),
    );
    for (const outcome of await Promise.all(appends)) {
      const known = outcome instanceof OutcomeUnknown || outcome instanceof StoreUnavailable;
      expect(known ? 'told' : outcome).toBe('told');
    }
  }, 20_000);

  /** As where the server fell silent later. */
  function openUnasked(): EventStore {
    return new EventStoreDbEventStore(EventStoreDbConnection.shared(options.url), options);
  }
});

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('held up')), PATIENCE_MS).unref();
  });
  return await Promise.race([answer, late]);
}
