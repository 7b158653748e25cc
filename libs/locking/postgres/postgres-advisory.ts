import { hash } from 'node:crypto';
import pg from 'pg';
import type { GrantedKey, LockEngine } from '../guarded-lock.js';
import { AdvisorySession } from './advisory-session.js';

/** Beyond this a statement's fate is open, and the connection is given up with all its keys. */
const QUERY_TIMEOUT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 1_000;

/**
 * Session advisory locks on one connection of its own: a transaction pooler in between would lose them. Only tries, so
 * that nobody queues behind a holder. With the connection go all keys; the next question opens another one.
 */
export class PostgresAdvisory implements LockEngine {
  #current: { readonly client: pg.Client; readonly session: Promise<Session> } | null = null;
  #closed = false;

  constructor(
    private readonly options: { readonly databaseUrl: string; readonly applicationName: string },
  ) {}

  async connect(): Promise<void> {
    await this.#connected();
  }

  async tryLock(key: string): Promise<GrantedKey | 'busy'> {
    const { client, locks } = await this.#connected();
    const number = numberOf(key);
    const got = await this.#orGiveUp(client, locks.tryLock(number));
    if (!got) return 'busy';
    return { release: () => this.#orGiveUp(client, locks.release(number)) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const session = await this.#current?.session.catch(() => null);
    this.#current = null;
    await session?.client.end().catch(() => undefined);
  }

  async #connected(): Promise<Session> {
    if (this.#closed) throw new Error('the lock is closed');
    if (this.#current === null) {
      const client = this.#newClient();
      this.#current = { client, session: this.#connect(client) };
    }
    return this.#current.session;
  }

  #newClient(): pg.Client {
    const { databaseUrl, applicationName } = this.options;
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
    });
    // Without a listener a server restart would end the process.
    client.on('error', () => this.#drop(client));
    client.on('end', () => this.#drop(client));
    return client;
  }

  async #connect(client: pg.Client): Promise<Session> {
    try {
      await client.connect();
      return { client, locks: new AdvisorySession(client) };
    } catch (error) {
      this.#drop(client);
      throw error;
    }
  }

  async #orGiveUp<Word>(client: pg.Client, asked: Promise<Word>): Promise<Word> {
    try {
      return await asked;
    } catch (error) {
      // Whether the key is held is not known any more; the end of the session frees it.
      this.#drop(client);
      void client.end().catch(() => undefined);
      throw error;
    }
  }

  /** The end of a former connection may come late: the one in use by then is not meant. */
  #drop(client: pg.Client): void {
    if (this.#current?.client === client) this.#current = null;
  }
}

interface Session {
  readonly client: pg.Client;
  readonly locks: AdvisorySession;
}

/** 64 bits of a hash: two payments that meet in one number cost each other a try, nothing more. */
function numberOf(key: string): string {
  return hash('sha256', `payment-lock:${key}`, 'buffer').readBigInt64BE().toString();
}
