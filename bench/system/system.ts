import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { childPlans } from '../../apps/standalone/children.js';
import { LOCAL_GATEWAY_NAMES } from '../../apps/standalone/default-gateways.js';
import { ensureSecretsFile } from '../../apps/standalone/secrets-file.js';
import { standaloneConfig } from '../../apps/standalone/standalone.config.js';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../libs/platform/embedded-postgres.js';
import { freePorts } from '../../libs/platform/free-port.js';
import { NODE_ARGUMENTS } from '../../libs/platform/node-arguments.js';
import { Child, runToResult } from './child.js';
import { lagsAt, untilCaughtUp, type Lag } from './lags.js';
import { logQuestions, tidyPostgres, type LogQuestions } from './log-questions.js';
import { postgresCpu } from './postgres-cpu.js';
import { cpuSeconds, memoryMib, untilIdle } from './process-figures.js';

const BENCH = join(import.meta.dirname, '..');
const APPS = join(BENCH, '..', 'apps');

export type ServerName = 'api' | 'api-in-process' | 'floor' | 'noop';

/** Everything that is measured, each in a process of its own, on one Postgres with an empty log. */
export interface System extends LogQuestions {
  readonly databaseUrl: string;
  /** Runs a process of the bench to its end and gives what it sent. @throws Error when it fails, or the run is ended */
  task<Result>(file: string, input: unknown): Promise<Result>;
  readonly keys: { readonly merchant: string; readonly analyst: string; readonly operator: string };
  url(server: ServerName): string;
  /** CPU seconds by process since its start; those of Postgres by whom it worked for. */
  cpu(): Promise<Readonly<Record<string, number>>>;
  readonly lags: () => Promise<readonly Lag[]>;
  /** Resolves when no read model is behind the log. */
  caughtUp(): Promise<void>;
  /** As `caughtUp`, and Postgres and the workers have done what else so much at once left to them. */
  settled(): Promise<void>;
  /** Resident MiB by process. */
  memory(): Readonly<Record<string, number>>;
  /** Milliseconds from the start of a process to its readiness. */
  readonly startUpMs: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

export interface SystemOptions {
  /** Aborted when the run is over before its time: by whoever asks for that, and by the death of what is measured. */
  readonly ending: AbortController;
  /** Written by the API that is profiled. */
  readonly profile:
    { readonly server: 'api' | 'api-in-process'; readonly folder: string } | undefined;
}

/** @throws Error when something doesn't start, or the run is ended; nothing is left then */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { ending } = options;
  const dataDir = mkdtempSync(join(tmpdir(), 'tillstream-bench-'));
  chmodSync(dataDir, 0o755); // else, as root, Postgres' data would go elsewhere and stay there
  const removeData = () => rmSync(dataDir, { recursive: true, force: true });
  const starting = startEmbeddedPostgres({ dataDir, signal: ending.signal });
  starting.catch(removeData);
  const postgres = await starting;
  const running: Child[] = [];
  const connectionString = postgres.databaseUrl.reveal();
  const observer = new pg.Client({ connectionString, application_name: 'bench' });
  observer.on('error', (error) => ending.abort(error));
  const startUpMs: Record<string, number> = {};
  const stop = async () => {
    await Promise.all(running.map((child) => child.stop()));
    await observer.end().catch(() => undefined); // lost already
    await postgres.stop();
    removeData();
  };
  const start = async (plan: Plan) => {
    const nodeArguments = [...NODE_ARGUMENTS, ...profiling(options, plan.name)];
    const startedAt = performance.now();
    const logFile = join(dataDir, `${plan.name}.log`);
    const child = new Child({ ...plan, nodeArguments, logFile, ending });
    running.push(child);
    const url = await child.ready(plan.path, plan.ownUrl);
    startUpMs[plan.name] = performance.now() - startedAt;
    return url;
  };
  try {
    const plans = await plansOf(dataDir, postgres);
    const urls = new Map<string, string>();
    // All at once, as they are started in earnest: each waits for what it needs of the others.
    await Promise.all(plans.map(async (plan) => urls.set(plan.name, await start(plan))));
    await observer.connect();
    const keys = JSON.parse(readFileSync(join(dataDir, 'keys.json'), 'utf8')) as System['keys']; // reason: the API makes it
    const figures = figuresOf(postgres, running);
    const lags = () => lagsAt(urls.get('api') ?? '', keys.operator);
    return {
      databaseUrl: postgres.databaseUrl.reveal(),
      task: (file, input) => runToResult(file, input, ending.signal),
      keys,
      startUpMs,
      url: (server) => urls.get(server) ?? '',
      cpu: async () => ({
        ...figures((pid, family) => (family ? 0 : cpuSeconds(pid))),
        ...(await postgresCpu(observer, postgres.pid)),
      }),
      lags,
      caughtUp: () => untilCaughtUp(lags),
      settled: async () => {
        await untilCaughtUp(lags);
        await tidyPostgres(observer);
        await untilIdle(() => figures((pid) => cpuSeconds(pid))['workers'] ?? 0);
      },
      ...logQuestions(observer),
      memory: () => figures(memoryMib),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A figure of each process; that of Postgres covers its children. */
function figuresOf(postgres: EmbeddedPostgres, running: readonly Child[]) {
  return (read: (pid: number, family: boolean) => number) =>
    Object.fromEntries([
      ['postgres', read(postgres.pid, true)],
      ...running.map((child) => [child.options.name, read(child.pid, false)] as const),
    ]);
}

interface Plan {
  readonly name: string;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where it listens; undefined: it says so itself. */
  readonly ownUrl: string | undefined;
  /** Answers with 200 once it is ready. */
  readonly path: string;
}

/** The processes of `npm start`, a second API whose gateway is in its process, and what they are compared with. */
async function plansOf(dataDir: string, postgres: EmbeddedPostgres): Promise<readonly Plan[]> {
  const secretsFile = join(dataDir, 'secrets.json');
  const webhookSecrets = ensureSecretsFile(secretsFile, LOCAL_GATEWAY_NAMES);
  const [port, inProcessPort, simulatorPort] = await freePorts(3);
  // The daily verify is gentle, but would begin in the middle of a run.
  const inherited = {
    PATH: process.env['PATH'] ?? '',
    LOG_LEVEL: 'warn',
    VERIFY_INTERVAL_S: '0',
  };
  const env = {
    ...inherited,
    PORT: String(port),
    GATEWAY_SIMULATOR_PORT: String(simulatorPort),
    TILLSTREAM_DATA_DIR: dataDir,
  };
  const { databaseUrl } = postgres;
  const wiring = { env, appsFolder: APPS, databaseUrl, webhookSecrets };
  const own = childPlans(standaloneConfig(env), wiring).map((plan) => ({
    ...plan,
    path: '/health/ready',
  }));
  const byName = (name: string) => own.filter((plan) => plan.name === name);
  const [api] = byName('api');
  if (api === undefined) throw new Error('there is no API to measure');
  const other = {
    env: { ...inherited, DATABASE_URL: databaseUrl.reveal() },
    ownUrl: undefined,
    path: '/ready',
  };
  const onPort = (url: number | undefined) => ({ ownUrl: `http://127.0.0.1:${url}` });
  return [
    ...byName('gateway-simulator'),
    { ...api, ...onPort(port) },
    {
      ...api,
      ...onPort(inProcessPort),
      name: 'api-in-process',
      file: join(BENCH, 'system', 'in-process-api.js'),
      env: { ...api.env, PORT: String(inProcessPort) },
    },
    ...byName('workers'),
    { ...other, name: 'floor', file: join(BENCH, 'floor', 'floor-server.js') },
    { ...other, name: 'noop', file: join(BENCH, 'floor', 'noop-server.js') },
  ];
}

function profiling({ profile }: SystemOptions, name: string): readonly string[] {
  if (profile?.server !== name) return [];
  return ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${profile.folder}`];
}
