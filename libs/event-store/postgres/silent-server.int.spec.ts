import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { eventually } from '../../testing/eventually.js';
import { startTcpProxy, type TcpProxy } from '../../testing/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js';
import { newEvents, newStream } from '../contract/harness.js';
import { StoreUnavailable } from '../event-store.js';
import { openPostgresEventStore, type PostgresEventStore } from './postgres-event-store.js';

const READ_TIMEOUT_MS = 400;
const ACK_TIMEOUT_MS = 400;
/** Far below the quarter of an hour after which the system gives up a connection. */
const PATIENCE_MS = 5_000;

describe('a Postgres that says nothing any more', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let store: PostgresEventStore;
  let host: { host: string; port: number };

  beforeAll(async () => {
    database = await createTestDatabase();
    const url = new URL(database.url);
    host = { host: url.hostname, port: Number(url.port) };
  }, 60_000);
  afterAll(() => database?.dispose(), 60_000);

  beforeEach(async () => {
    proxy = await startTcpProxy(host);
    const url = new URL(database.url);
    url.host = `127.0.0.1:${proxy.port}`;
    store = await openPostgresEventStore({
      databaseUrl: url.href,
      migrate: 'apply',
      readTimeoutMs: READ_TIMEOUT_MS,
      ackTimeoutMs: ACK_TIMEOUT_MS,
    });
  });
  afterEach(async () => {
    await proxy.close();
    await store.close();
  });

  it('ends the reads that it holds up, and those that come later go by another connection', async () => {
    const stream = newStream();
    await store.append(stream, 'no stream', newEvents(1));
    await Promise.all([
      store.readStream(stream),
      store.head(),
      store.countAfter('0'.repeat(32), 1),
    ]);
    proxy.stall();
    const held = [store.readStream(stream), store.head(), store.countAfter('0'.repeat(32), 1)];
    for (const read of held as readonly Promise<unknown>[]) {
      await expect(inTime(read)).rejects.toThrow(StoreUnavailable);
    }
    await eventually(async () => {
      expect(await inTime(store.readStream(stream))).toHaveLength(1);
    });
  });

  it('does not hold the writer either where it falls silent before the first append', async () => {
    const mute = await startMuteServer();
    proxy.target = mute.target;
    await expect(store.append(newStream(), 'no stream', newEvents(1))).rejects.toThrow();
    proxy.target = host;
    await eventually(async () => {
      await store.append(newStream(), 'no stream', newEvents(1));
    }, PATIENCE_MS);
    await mute.close();
  });
});

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('held up')), PATIENCE_MS).unref();
  });
  return await Promise.race([answer, late]);
}

/** Lets everybody in, and answers no query. */
async function startMuteServer() {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    // AuthenticationOk and ReadyForQuery.
    const welcome = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);
    socket.once('data', () => socket.write(welcome));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    target: { host: '127.0.0.1', port },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
