import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import type { RuntimeFile } from '../../apps/standalone/runtime-file.js';
import { freePort } from '../platform/free-port.js';
import { identityOf } from '../platform/process-identity.js';

export const DEADLINE_MS = 45_000;
const DIST = resolve(import.meta.dirname, '../../dist');

/** Children that do nothing but live as real ones do, so that the supervisor is tested by itself. */
const STAND_IN = (name: string) => `
import { createServer } from 'node:http';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { runProcess } from '${url('libs/platform/run-process.js')}';
import { startManagementServer } from '${url('libs/platform/management-server.js')}';
import { Metrics } from '${url('libs/platform/metrics.js')}';
await runProcess('${name}', async ({ env, logger }) => {
  if (existsSync(env.TILLSTREAM_DATA_DIR + '/refuse-${name}')) process.exit(78);
  const keys = env.BOOTSTRAP_KEYS_FILE;
  if (keys && !existsSync(keys)) writeFileSync(keys, '{"merchant":"key-of-a-merchant","admin":"x"}', { mode: 0o600 });
  const port = { api: env.PORT, 'gateway-simulator': env.GATEWAY_SIMULATOR_PORT, workers: 0 }['${name}'];
  const server = createServer((request, response) => response.end('{"from":"${name}"}')).listen(Number(port), '127.0.0.1');
  await once(server, 'listening');
  const management = await startManagementServer({ port: 0, metrics: new Metrics('${name}'), readiness: [] });
  logger.info('listening');
  const slow = env.TILLSTREAM_DATA_DIR + '/slow-${name}';
  return { close: async () => { if (existsSync(slow)) { writeFileSync(slow, 'stopping'); await pause(5_000); } server.close(); await management.close(); } };
}, process.env);
`;
const SUPERVISOR = (apps: string) => `
import { runProcess } from '${url('libs/platform/run-process.js')}';
import { startStandalone } from '${url('apps/standalone/standalone.js')}';
await runProcess('standalone', (context) => startStandalone(context, ${JSON.stringify(apps)}), process.env);
`;

export interface StartedSupervisor {
  readonly process: ChildProcess;
  readonly output: () => string;
}

/** A folder with the supervisor of `npm start`, as it was built, and stand-ins for the children that it keeps. */
export class StandaloneHouse {
  readonly dataDir: string;
  readonly #started: StartedSupervisor[] = [];

  private constructor(
    readonly folder: string,
    readonly env: Readonly<Record<string, string>>,
  ) {
    this.dataDir = dataDirOf(folder);
  }

  static async open(): Promise<StandaloneHouse> {
    const folder = mkdtempSync(join(tmpdir(), 'tillstream-standalone-'));
    chmodSync(folder, 0o755); // else, as root, Postgres' data would go elsewhere
    for (const name of ['api', 'workers', 'gateway-simulator']) {
      mkdirSync(join(folder, 'apps', name), { recursive: true });
      writeFileSync(join(folder, 'apps', name, 'main.js'), STAND_IN(name));
    }
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'supervisor.js'), SUPERVISOR(join(folder, 'apps')));
    return new StandaloneHouse(folder, {
      PATH: process.env['PATH'] ?? '',
      PORT: String(await freePort()),
      GATEWAY_SIMULATOR_PORT: String(await freePort()),
      TILLSTREAM_DATA_DIR: dataDirOf(folder),
      LOG_LEVEL: 'warn',
    });
  }

  start(extra: Record<string, string>): StartedSupervisor {
    let text = '';
    const child = spawn(process.execPath, [join(this.folder, 'supervisor.js')], {
      env: { ...this.env, ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer) => {
      text += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const it = { process: child, output: () => text };
    this.#started.push(it);
    return it;
  }

  async ready(): Promise<StartedSupervisor> {
    const supervisor = this.start({});
    await until('it is ready', () => {
      if (supervisor.process.exitCode !== null) throw new Error(supervisor.output());
      return supervisor.output().includes('Keys of this machine');
    });
    return supervisor;
  }

  /** Every supervisor that was started and still runs is asked to stop, and has. */
  async endAll(): Promise<void> {
    for (const { process: child } of this.#started.splice(0)) {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await until(
        'the supervisor has ended',
        () => child.exitCode !== null || child.signalCode !== null,
      );
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  runtime(): RuntimeFile {
    return JSON.parse(readFileSync(join(this.dataDir, 'runtime.json'), 'utf8')) as RuntimeFile; // reason: our own file
  }

  /** Of the server whose file is there; NaN: there is none. */
  postgresPid(): number {
    return Number.parseInt(this.postmasterFile(), 10);
  }

  postmasterFile(): string {
    try {
      return readFileSync(join(this.dataDir, 'postgres/postmaster.pid'), 'utf8');
    } catch {
      return ''; // it comes and goes with the server
    }
  }

  async query(sql: string): Promise<object[]> {
    const client = new pg.Client({ connectionString: this.runtime().database_url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<object>(sql)).rows;
    } finally {
      await client.end();
    }
  }
}

/** By itself: a signal that ended it doesn't count. */
export async function ended(supervisor: StartedSupervisor): Promise<StartedSupervisor> {
  await until('it has ended', () => supervisor.process.exitCode !== null);
  return supervisor;
}

/** A zombie, which waits for an init that takes its time, doesn't count. */
export function isAlive(pid: number): boolean {
  return identityOf(pid) !== undefined;
}

export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await pause(20);
  }
}

function dataDirOf(folder: string): string {
  return join(folder, 'data');
}

function url(path: string): string {
  return pathToFileURL(join(DIST, path)).href;
}
