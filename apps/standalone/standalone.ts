import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { ConfigError, type Secret } from '../../libs/platform/config.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../libs/platform/embedded-postgres.js';
import { identityOf } from '../../libs/platform/process-identity.js';
import type { ProcessContext, RunningProcess } from '../../libs/platform/run-process.js';
import { ChildOutput } from './child-output.js';
import { childPlans, stopOrder } from './children.js';
import { LOCAL_GATEWAY_NAMES } from './default-gateways.js';
import { lockDataDir } from './instance-lock.js';
import { readyNotice } from './ready-notice.js';
import { refuseTakenPorts, refuseUnreachableEngines } from './reachability.js';
import {
  endLeftoverChildren,
  removeRuntimeFile,
  writeRuntimeFile,
  type RuntimeFile,
} from './runtime-file.js';
import { ensureSecretsFile } from './secrets-file.js';
import {
  apiUrlOf,
  standaloneConfig,
  unknownVariables,
  type StandaloneConfig,
} from './standalone.config.js';
import { ChildFailed, SupervisedChild } from './supervised-child.js';

const POSTGRES_STOP_MS = 30_000;
const POSTGRES_PAUSE_MS = 1_000;
const POSTGRES_PAUSE_MAX_MS = 10_000;
/** Children stop one after another, three of them, then Postgres. */
const CHILDREN_COUNT = 3;

/** `npm start`: everything on this machine, kept running. `appsFolder` holds the built processes. */
export async function startStandalone(
  context: ProcessContext,
  appsFolder: string,
): Promise<RunningProcess> {
  const config = standaloneConfig(context.env);
  const unknown = unknownVariables(context.env);
  if (unknown.length > 0) context.logger.warn({ unknown }, 'variables that have no effect');
  const standalone = new Standalone(config, context, appsFolder);
  return {
    working: standalone.run(),
    close: () => standalone.close(),
    closeMaxMs: config.childGraceMs * (CHILDREN_COUNT + 1) + POSTGRES_STOP_MS,
  };
}

class Standalone {
  readonly #output = new ChildOutput();
  #unlock: () => void = () => undefined;
  #postgres: EmbeddedPostgres | undefined;
  #children: readonly SupervisedChild[] = [];
  #webhookSecrets: Readonly<Record<string, string>> = {};
  readonly #ending = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #restarting: Promise<unknown> = Promise.resolve();

  constructor(
    readonly config: StandaloneConfig,
    readonly context: ProcessContext,
    readonly appsFolder: string,
  ) {}

  /** Brings everything up. Whatever fails, all that was started is stopped before the error is passed on. */
  async run(): Promise<void> {
    this.#running = this.#bringUp();
    try {
      await this.#running;
    } catch (error) {
      await this.close();
      if (error instanceof ChildFailed && error.refused) {
        throw new ConfigError([`${error.message}; its reason stands above.`]);
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#ending.abort();
    for (const name of stopOrder) {
      await this.#children.find((child) => child.plan.name === name)?.stop();
    }
    await Promise.allSettled([this.#running, this.#restarting]); // it may be starting Postgres just now
    await this.#postgres?.stop();
    if (this.#children.length > 0) removeRuntimeFile(this.config.dataDir);
    this.#unlock();
  }

  async #bringUp(): Promise<void> {
    const { config } = this;
    this.#unlock = lockDataDir(config.dataDir);
    await endLeftoverChildren(config.dataDir);
    await refuseTakenPorts(config);
    await refuseUnreachableEngines(config);
    this.#webhookSecrets = ensureSecretsFile(
      join(config.dataDir, 'secrets.json'),
      LOCAL_GATEWAY_NAMES,
    );
    const databaseUrl = config.databaseUrl ?? (await this.#startPostgres());
    this.#stopHereIfClosing();
    this.#startChildren(databaseUrl);
    await Promise.all(this.#children.map((child) => child.ready()));
    this.#stopHereIfClosing();
    process.stdout.write(readyNotice(apiUrlOf(config), keysIn(config.dataDir)));
  }

  async #startPostgres(port?: number): Promise<Secret> {
    const { logger } = this.context;
    const postgres = await startEmbeddedPostgres({
      dataDir: this.config.dataDir,
      tell: (text) => logger.info(text),
      signal: this.#ending.signal,
      ...(port === undefined ? {} : { port }),
    });
    this.#postgres = postgres;
    crashPoint('postgres-started');
    void postgres.ended.then(() => this.#postgresEnded(postgres));
    return postgres.databaseUrl;
  }

  async #postgresEnded({ port }: EmbeddedPostgres): Promise<void> {
    if (this.#closing) return;
    this.context.logger.error('PostgreSQL ended; it is started again');
    // One after the other: it may end anew while children are stopped for the port that it came back on.
    this.#restarting = this.#restarting.then(() => this.#bringPostgresBack(port));
    await this.#restarting;
  }

  /** Children wait for the database and find the next server on the same port; where that was taken, they start anew. */
  async #bringPostgresBack(port: number): Promise<void> {
    const url = await this.#postgresAgain(port);
    if (url === undefined || this.#postgres?.port === port || this.#closing) return;
    for (const child of this.#children) await child.stop();
    if (!this.#closing) this.#startChildren(url, { cameUpBefore: true });
  }

  /** For as long as it takes: what kept it from starting, a full disk for one, may pass. undefined: asked to stop. */
  async #postgresAgain(port: number): Promise<Secret | undefined> {
    const { signal } = this.#ending;
    for (let restartInMs = POSTGRES_PAUSE_MS; !signal.aborted;) {
      try {
        return await this.#startPostgres(port);
      } catch (error) {
        if (signal.aborted) break;
        this.context.logger.error({ err: error, restartInMs }, 'PostgreSQL is started again');
        await pause(restartInMs, undefined, { signal }).catch(() => undefined);
        restartInMs = Math.min(restartInMs * 2, POSTGRES_PAUSE_MAX_MS);
      }
    }
    return undefined;
  }

  #startChildren(databaseUrl: Secret, { cameUpBefore = false } = {}): void {
    const surroundings = {
      cameUpBefore,
      logger: this.context.logger,
      output: this.#output,
      graceMs: this.config.childGraceMs,
      onChange: () => this.#record(databaseUrl),
    };
    const plans = childPlans(this.config, {
      env: this.context.env,
      appsFolder: this.appsFolder,
      databaseUrl,
      webhookSecrets: this.#webhookSecrets,
    });
    this.#children = plans.map((plan) => new SupervisedChild(plan, surroundings));
    for (const child of this.#children) child.start();
  }

  #record(databaseUrl: Secret): void {
    const { config } = this;
    const self = identityOf(process.pid);
    if (self === undefined) return;
    const runtime: RuntimeFile = {
      ...self,
      children: this.#children.flatMap(({ plan, identity, managementUrl }) =>
        identity === undefined
          ? []
          : [{ name: plan.name, ...identity, management_url: managementUrl ?? null }],
      ),
      url: apiUrlOf(config),
      database_url: databaseUrl.reveal(),
      eventstore_url: config.eventStoreUrl?.reveal() ?? null,
      gateway_simulator_url: `http://127.0.0.1:${config.simulatorPort}`,
    };
    try {
      writeRuntimeFile(config.dataDir, runtime);
    } catch (error) {
      // A full disk, for one: no reason to stop what runs.
      this.context.logger.warn({ err: error }, 'runtime.json could not be written');
    }
  }

  get #closing(): boolean {
    return this.#ending.signal.aborted;
  }

  #stopHereIfClosing(): void {
    if (this.#closing) throw new Error('stopped while starting');
  }
}

/** Made by the API, which knows their owners. */
function keysIn(dataDir: string): Record<string, string> {
  const file = join(dataDir, 'keys.json');
  if (!existsSync(file)) return {};
  return z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, 'utf8')));
}
