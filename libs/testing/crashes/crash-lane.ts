import { join } from 'node:path';
import type pg from 'pg';
import { listProjections } from '../../../projections/runner/query.js';
import { ApiKeys } from '../../access/api-keys.js';
import type { Role } from '../../access/role.js';
import type { EventStore } from '../../event-store/event-store.js';
import { openEventStore } from '../../event-store/open-event-store.js';
import { SystemClock } from '../../platform/clock.js';
import { freePort } from '../../platform/free-port.js';
import { openPool } from '../../platform/postgres.js';
import { eventually } from '../eventually.js';
import { BuiltProcess, entryOf } from './built-process.js';
import { RetryingClient } from './retrying-client.js';
import { verified } from './verified.js';

/** Those that are killed; a gateway is somebody else's. */
export const PROCESSES = ['api', 'processor', 'projector'] as const;
/** `workers` has processor and projector in it, and more. */
export type ProcessName = (typeof PROCESSES)[number] | 'workers';

/** What lanes stand on. */
export interface LaneGround {
  /** Of the whole run, for files. */
  readonly folder: string;
  createDatabase(name: string): Promise<string>;
}

/** Short, as the processor takes over what was left behind that much and five seconds later. */
const GATEWAY_TIMEOUT_MS = 700;
const UNKNOWN_ASK_MAX_MS = 1_000;
/** Payments above are looked at once they are authorized. */
export const ALARMING_AMOUNT = 1_000_000;
const RISK_RULES = [{ rule: 'amount_limit', above: 500_000, currency: 'EUR', stage: 'async' }];
export const WEBHOOK_SECRET = 'a secret of the specs';
export const GATEWAY = 'alpha';
const MERCHANT = 'mer_crashes';
const QUIET_DEADLINE_MS = 60_000;
const BY = { actor: 'system:spec', correlationId: 'spec' };

/** An installation: a database, a gateway and three processes, which cases kill one after another. */
export class CrashLane {
  readonly #processes = new Map<ProcessName, BuiltProcess>();
  #databaseUrl = '';
  #port = 0;
  #simulatorPort = 0;
  #simulator: BuiltProcess | undefined;
  #parts: Parts | undefined;

  constructor(
    readonly ground: LaneGround,
    readonly name: string,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }
  get simulatorUrl(): string {
    return `http://127.0.0.1:${this.#simulatorPort}`;
  }
  get databaseUrl(): string {
    return this.#databaseUrl;
  }
  get isOpen(): boolean {
    return this.#parts !== undefined;
  }
  get store(): EventStore {
    return this.parts.store;
  }
  get pool(): pg.Pool {
    return this.parts.pool;
  }
  get merchant(): RetryingClient {
    return this.parts.merchant;
  }
  get admin(): RetryingClient {
    return this.parts.admin;
  }

  /** A database with nothing in it, and a gateway with books of its own. */
  async found(): Promise<void> {
    this.#databaseUrl = await this.ground.createDatabase(this.name);
    this.#port = await freePort();
    this.#simulatorPort = await freePort();
    this.#simulator = new BuiltProcess({
      file: entryOf('gateway-simulator'),
      env: {
        GATEWAY_SIMULATOR_PORT: String(this.#simulatorPort),
        GATEWAY_SIMULATOR_DATA_DIR: join(this.ground.folder, this.name),
        LOG_LEVEL: 'warn',
      },
    });
  }

  /** Brings the log up and makes two keys. */
  async open(): Promise<void> {
    const { databaseUrl } = this;
    const store = await openEventStore({ databaseUrl, migrate: 'apply' });
    const pool = openPool({ databaseUrl, applicationName: 'spec' });
    const keys = new ApiKeys(store, new SystemClock());
    const client = async (role: Role, merchantId: string | null) => {
      const wanted = { role, merchantId, name: null, expiresAt: null, origin: 'local' } as const;
      const issued = await keys.create(wanted, BY);
      if (issued === null) throw new Error('no key was issued');
      return new RetryingClient(this.url, issued.text);
    };
    const merchant = await client('merchant', MERCHANT);
    this.#parts = { store, pool, merchant, admin: await client('admin', null) };
  }
  get sealsFile(): string {
    return join(this.ground.folder, `${this.name}.seals`);
  }

  /** The environment of every process of this lane. */
  get env(): Readonly<Record<string, string>> {
    const gateway = {
      name: GATEWAY,
      adapter: 'simulator',
      url: `${this.simulatorUrl}/${GATEWAY}`,
      webhookSecret: WEBHOOK_SECRET,
    };
    return {
      DATABASE_URL: this.databaseUrl,
      PORT: String(this.#port),
      GATEWAYS: JSON.stringify([gateway]),
      GATEWAY_TIMEOUT_MS: String(GATEWAY_TIMEOUT_MS),
      UNKNOWN_ASK_MAX_MS: String(UNKNOWN_ASK_MAX_MS),
      RISK_RULES: JSON.stringify(RISK_RULES),
      REQUEST_HASH_KEY: Buffer.alloc(32, 1).toString('base64'),
      LOG_LEVEL: 'warn',
    };
  }

  /** Starts those that don't run, and stops those that are not named. */
  async run(...names: readonly ProcessName[]): Promise<void> {
    const unwanted = [...this.#processes.keys()].filter((name) => !names.includes(name));
    await Promise.all([
      ...unwanted.map((name) => this.stop(name)),
      ...names.map(async (name) => {
        if (this.#processes.get(name)?.isRunning !== true) await this.start(name);
      }),
    ]);
  }

  /** Resolves when the process has started, or died of its crash point before. */
  async start(
    name: ProcessName,
    env: Readonly<Record<string, string>> = {},
    file = entryOf(name),
  ): Promise<void> {
    const started = new BuiltProcess({ file, env: { ...this.env, ...env } });
    this.#processes.set(name, started);
    await started.started();
    if (!started.isRunning && env['CRASH_AT'] === undefined) throw new Error(started.said);
  }

  async stop(name: ProcessName): Promise<void> {
    await this.#processes.get(name)?.stop();
    this.#processes.delete(name);
  }

  isRunning(name: ProcessName): boolean {
    return this.#processes.get(name)?.isRunning === true;
  }

  /** Waits for the death of a process that was told to kill itself. */
  async killed(name: ProcessName): Promise<void> {
    const dying = this.#processes.get(name);
    const end = await dying?.ended();
    if (end !== 'SIGKILL') throw new Error(`${name} ended with ${end}: ${dying?.said}`);
  }

  /** Runs `tillstream` to its end; gives the signal that killed it, or its exit code, and what it said. */
  async cli(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const cli = new BuiltProcess({
      file: entryOf('cli'),
      arguments: words,
      env: { ...this.env, ...env },
    });
    return { end: await cli.heardOut(), said: cli.said };
  }

  /** For a log that has another name by now. */
  async reopenStore(): Promise<void> {
    await this.parts.store.close();
    const store = await openEventStore({ databaseUrl: this.databaseUrl, migrate: 'check' });
    this.#parts = { ...this.parts, store };
  }

  /** Effects in the gateway's books: `purchase 2500`. */
  async booksOf(paymentId: string): Promise<readonly string[]> {
    const { data } = (await this.steer('GET', `/books/${paymentId}`)) as {
      readonly data: readonly { operation: string; amount: number }[];
    };
    return data.map(({ operation, amount }) => `${operation} ${amount}`);
  }

  /** Asks something of the simulator itself. */
  async steer(method: string, path: string, body?: object): Promise<unknown> {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(this.simulatorUrl + path, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return await response.json();
  }

  /** Everything runs, is done, and agrees: clients, log, books, read models. */
  async isWhole(): Promise<void> {
    const deadline = performance.now() + 2 * QUIET_DEADLINE_MS;
    await this.run(...PROCESSES);
    expect(await this.merchant.repeatAll()).toEqual([]);
    await eventually(async () => {
      const lags = (await listProjections(this)).map(({ name, lag_events: lag }) => [name, lag]);
      expect(lags.filter(([, lag]) => lag !== 0)).toEqual([]);
    }, QUIET_DEADLINE_MS);
    const { findings, readModels, log } = await verified(this);
    expect(findings.list()).toEqual([]);
    expect(readModels.filter(({ skipped }) => skipped !== null)).toEqual([]);
    // Another case's transaction may hold readers back between an intent and its answer: then it is looked at anew.
    let open = [...log.payments.openIntents.keys()];
    while (open.length > 0 && performance.now() < deadline) {
      open = [...(await verified(this)).log.payments.openIntents.keys()];
    }
    expect(open).toEqual([]);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((one) => one.kill()));
    await this.#simulator?.kill();
    await this.#parts?.pool.end();
    await this.#parts?.store.close();
    this.#parts = undefined;
  }

  private get parts(): Parts {
    if (this.#parts === undefined) throw new Error(`${this.name} is not open`);
    return this.#parts;
  }
}

interface Parts {
  readonly store: EventStore;
  readonly pool: pg.Pool;
  readonly merchant: RetryingClient;
  readonly admin: RetryingClient;
}
