import { createHash } from 'node:crypto';
import pg from 'pg';
import type { GrantedKey, LockEngine } from '../guarded-lock.js';

/** Beyond this a statement's fate is open, and the connection is given up with all its keys. */
const QUERY_TIMEOUT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 1_000;

/**
 * Session advisory locks on one connection of its own: a transaction pooler in between would lose them. Only tries, so
 * that nobody queues behind a holder. With the connection go all keys; the next question opens another one.
 */
export class PostgresAdvisory implements LockEngine {
  #client: Promise<pg.Client> | null = null;
  #closed = false;

  constructor(
    private readonly options: { readonly databaseUrl: string; readonly applicationName: string },
  ) {}

  async connect(): Promise<void> {
    await this.#connected();
  }

  async tryLock(key: string): Promise<GrantedKey | 'busy'> {
    const client = await this.#connected();
    const values = [numberOf(key)];
    const { rows } = await this.#query<{ got: boolean }>(client, {
      name: 'try-lock',
      text: 'select pg_try_advisory_lock($1::bigint) as got',
      values,
    });
    if (rows[0]?.got !== true) return 'busy';
    return {
      release: async () => {
        const text = 'select pg_advisory_unlock($1::bigint)';
        await this.#query(client, { name: 'unlock', text, values });
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#client?.catch(() => null);
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  #connected(): Promise<pg.Client> {
    if (this.#closed) return Promise.reject(new Error('the lock is closed'));
    this.#client ??= this.#connect();
    return this.#client;
  }

  async #connect(): Promise<pg.Client> {
    const { databaseUrl, applicationName } = this.options;
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
    });
    // Without a listener a server restart would end the process.
    client.on('error', () => this.#drop());
    client.on('end', () => this.#drop());
    try {
      await client.connect();
      return client;
    } catch (error) {
      this.#drop();
      throw error;
    }
  }

  async #query<Row extends pg.QueryResultRow>(
    client: pg.Client,
    query: pg.QueryConfig,
  ): Promise<pg.QueryResult<Row>> {
    try {
      return await client.query<Row>(query);
    } catch (error) {
      // Whether the key is held is not known any more; the end of the session frees it.
      this.#drop();
      void client.end().catch(() => undefined);
      throw error;
    }
  }

  #drop(): void {
    this.#client = null;
  }
}

/** 64 bits of a hash: two payments that meet in one number cost each other a try, nothing more. */
function numberOf(key: string): string {
  return createHash('sha256').update(`payment-lock:${key}`).digest().readBigInt64BE().toString();
}
