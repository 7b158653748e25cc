import { setTimeout as pause } from 'node:timers/promises';
import { EventStoreDBClient, ErrorType } from '@eventstore/db-client';
import { StoreUnavailable } from '../event-store.js';
import { LOG_STREAM } from '../hash-chain.js';
import { AppendPacer } from './append-pacer.js';
import { typeOf } from './client-errors.js';
import { endSilent } from './silence.js';

/** Longest silence of a server that has to prove itself. */
export const PROBE_TIMEOUT_MS = 3_000;
const DISPOSE_TIMEOUT_MS = 2_000;
const IDLE_POLL_MS = 10;

/**
 * The process' one connection to a server. The client keeps pending batch appends of all clients in one map, and an
 * error of one rejects those of every other: so all stores on one URL share a client, and a new client is made only
 * when nothing is in flight on the old one. A client whose first discovery failed never appends again, so after any
 * loss of connection a fresh one has to prove itself before the next append goes out.
 */
export class EventStoreDbConnection {
  private static readonly open = new Map<string, EventStoreDbConnection>();

  private client: EventStoreDBClient;
  private readonly disposed = new WeakSet<EventStoreDBClient>();
  private readonly pacer = new AppendPacer(() => (this.suspect ? undefined : this.client));
  private users = 0;
  private appending = 0;
  private suspect = false;
  private lossCount = 0;
  private repairing: Promise<void> | undefined;

  private constructor(private readonly url: string) {
    this.client = EventStoreDBClient.connectionString(url);
  }

  /** Give it back with `release`. @throws Error for a URL that the client can't read */
  static shared(url: string): EventStoreDbConnection {
    let connection = EventStoreDbConnection.open.get(url);
    if (connection === undefined) {
      connection = new EventStoreDbConnection(url);
      EventStoreDbConnection.open.set(url, connection);
    }
    connection.users += 1;
    return connection;
  }

  /** For reads: they recover on any client by themselves. */
  get reader(): EventStoreDBClient {
    return this.client;
  }

  /** Whether what was read on this client may be cut off: a read that its client cancels ends as if it were complete. */
  hasCutOff(client: EventStoreDBClient): boolean {
    return this.disposed.has(client);
  }

  /** Runs one append in its turn. @throws StoreUnavailable when surely nothing was sent, else what `send` throws */
  async append<T>(send: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
    await this.pacer.turn();
    try {
      if (this.suspect) await this.repair();
      this.appending += 1;
      try {
        return await send(this.client);
      } finally {
        this.appending -= 1;
      }
    } finally {
      this.pacer.done();
    }
  }

  /** The connection broke somewhere. */
  distrust(): void {
    this.suspect = true;
    this.lossCount += 1;
  }

  /** How often the connection broke: what answers after that may be another server. */
  get losses(): number {
    return this.lossCount;
  }

  async release(): Promise<void> {
    this.users -= 1;
    if (this.users > 0) return;
    EventStoreDbConnection.open.delete(this.url);
    await this.repairing?.catch(() => undefined);
    await this.dispose(this.client);
  }

  private repair(): Promise<void> {
    this.repairing ??= this.replaceClient()
      .catch((error: unknown) => {
        this.pacer.refuseWaiting(error);
        throw error;
      })
      .finally(() => {
        this.repairing = undefined;
      });
    return this.repairing;
  }

  private async replaceClient(): Promise<void> {
    // Bounded: every append has a time-out of its own.
    while (this.appending > 0) await pause(IDLE_POLL_MS);
    const broken = this.client;
    this.client = EventStoreDBClient.connectionString(this.url);
    await this.dispose(broken);
    await probe(this.client);
    this.suspect = false;
  }

  private async dispose(client: EventStoreDBClient): Promise<void> {
    this.disposed.add(client);
    await dispose(client);
  }
}

async function probe(client: EventStoreDBClient): Promise<void> {
  const events = client.readStream(LOG_STREAM, { maxCount: 1 });
  events.on('error', () => undefined);
  const silence = endSilent(events, PROBE_TIMEOUT_MS);
  try {
    for await (const _event of events) break;
  } catch (cause) {
    if (typeOf(cause) === ErrorType.STREAM_NOT_FOUND) return;
    throw new StoreUnavailable('EventStoreDB does not answer', { cause });
  } finally {
    clearTimeout(silence);
    events.cancel().catch(() => undefined);
  }
}

/** Cancels what is open; without it the batch stream keeps the process alive. It may hang with its server. */
async function dispose(client: EventStoreDBClient): Promise<void> {
  const timeout = new AbortController();
  await Promise.race([
    client.dispose().catch(() => undefined),
    pause(DISPOSE_TIMEOUT_MS, undefined, { signal: timeout.signal }).catch(() => undefined),
  ]);
  timeout.abort();
}
