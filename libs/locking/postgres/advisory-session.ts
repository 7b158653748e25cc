import { setImmediate as nextTurn } from 'node:timers/promises';
import type pg from 'pg';

/** Keys of one statement. */
const KEYS_MAX = 256;

interface Asked {
  /** 64 bits as digits. */
  readonly key: string;
  readonly resolve: (done: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Advisory locks of one connection. What is asked while a statement is on its way shares the next one: releases first,
 * then tries, so that a payment's calls in a row cost two round trips for all of them instead of two each. When idle
 * a question leaves at once.
 */
export class AdvisorySession {
  #releases: Asked[] = [];
  #tries: Asked[] = [];
  #running = false;

  constructor(private readonly client: pg.Client) {}

  /** False: another session holds the key. @throws what the driver throws; then nobody knows what is held */
  tryLock(key: string): Promise<boolean> {
    return this.#ask(this.#tries, key);
  }

  /** @throws what the driver throws; the end of the session frees its keys */
  async release(key: string): Promise<void> {
    await this.#ask(this.#releases, key);
  }

  #ask(queue: Asked[], key: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      queue.push({ key, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  /** Never throws: a failure is that of all who shared the statement. */
  async #run(): Promise<void> {
    this.#running = true;
    for (;;) {
      await nextTurn();
      const releases = this.#releases.splice(0, KEYS_MAX);
      const tries = this.#tries.splice(0, KEYS_MAX);
      const asked = [...releases, ...tries];
      if (asked.length === 0) break;
      try {
        const { rows } = await this.client.query<[nth: number, done: boolean]>({
          name: 'advisory-locks',
          text: STATEMENT,
          values: [keysOf(releases), keysOf(tries)],
          rowMode: 'array',
        });
        for (const [nth, done] of rows) asked[nth - 1]?.resolve(done);
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    this.#running = false;
  }
}

/** The parts of a union are run one after the other: what is released in a statement can be got by its tries. */
const STATEMENT = `
  select nth::integer, pg_advisory_unlock(key)
    from unnest($1::bigint[]) with ordinality as released(key, nth)
  union all
  select nth::integer + cardinality($1::bigint[]), pg_try_advisory_lock(key)
    from unnest($2::bigint[]) with ordinality as tried(key, nth)`;

/** An array as Postgres writes it. */
function keysOf(asked: readonly Asked[]): string {
  return `{${asked.map(({ key }) => key).join(',')}}`;
}
