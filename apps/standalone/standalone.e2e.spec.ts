import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { freePort } from '../../libs/platform/free-port.js';
import { identityOf } from '../../libs/platform/process-identity.js';
import type { RuntimeFile } from './runtime-file.js';

const TIMEOUT_MS = 90_000;
const DEADLINE_MS = 45_000;
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

describe('standalone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-standalone-'));
  const dataDir = join(folder, 'data');
  const started: Started[] = [];
  let env: Record<string, string>;

  beforeAll(async () => {
    chmodSync(folder, 0o755); // else, as root, Postgres' data would go elsewhere
    for (const name of ['api', 'workers', 'gateway-simulator']) {
      mkdirSync(join(folder, 'apps', name), { recursive: true });
      writeFileSync(join(folder, 'apps', name, 'main.js'), STAND_IN(name));
    }
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'supervisor.js'), SUPERVISOR(join(folder, 'apps')));
    env = {
      PATH: process.env['PATH'] ?? '',
      PORT: String(await freePort()),
      GATEWAY_SIMULATOR_PORT: String(await freePort()),
      TILLSTREAM_DATA_DIR: dataDir,
      LOG_LEVEL: 'warn',
    };
  });

  afterEach(async () => {
    for (const { process: child } of started.splice(0)) {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await until(
        'the supervisor has ended',
        () => child.exitCode !== null || child.signalCode !== null,
      );
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it(
    'says that it is ready, with a payment to paste and the keys, and on SIGTERM leaves nothing behind',
    async () => {
      const supervisor = await ready();
      expect(supervisor.output()).toContain(
        `Tillstream is ready on http://127.0.0.1:${env['PORT']}\n`,
      );
      expect(supervisor.output()).toMatch(/curl -sS -X POST [^]*Bearer key-of-a-merchant'/);
      expect(await (await fetch(`http://127.0.0.1:${env['PORT']}/`)).json()).toEqual({
        from: 'api',
      });
      expect(statSync(join(dataDir, 'secrets.json')).mode & 0o777).toBe(0o600);
      expect(statSync(join(dataDir, 'runtime.json')).mode & 0o777).toBe(0o600);
      const pids = runningPids();
      expect(pids).toHaveLength(4);

      supervisor.process.kill('SIGTERM');

      await until('it has ended', () => supervisor.process.exitCode !== null);
      expect(supervisor.process.exitCode).toBe(0);
      expect(pids.filter(isAlive)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'killed by -9, leaves children that end by themselves, and data that the next start goes on with',
    async () => {
      const first = await ready();
      await query('create table if not exists kept (id int primary key)');
      await query('insert into kept values (1)');
      const pids = runningPids();
      first.process.kill('SIGKILL');

      const second = await ready();

      expect(pids.filter(isAlive)).toEqual([]);
      expect(await query('select id from kept')).toEqual([{ id: 1 }]);
      expect(second.output()).not.toContain('refused');
    },
    TIMEOUT_MS,
  );

  it(
    'refuses a second start on the same data, and a port that is taken, with a sentence each',
    async () => {
      await ready();
      const second = await ended(start({}));
      expect(second.process.exitCode).toBe(78);
      expect(second.output()).toMatch(/^TILLSTREAM_DATA_DIR is in use by .* \(process \d+\)/m);

      const third = await ended(start({ TILLSTREAM_DATA_DIR: join(folder, 'other') }));
      expect(third.process.exitCode).toBe(78);
      expect(third.output()).toMatch(/^PORT: another program listens on port \d+ already/m);
      expect(third.output()).toMatch(/^GATEWAY_SIMULATOR_PORT: another program/m);
    },
    TIMEOUT_MS,
  );

  it(
    'starts again what dies, Postgres too',
    async () => {
      await ready();
      const before = runtime();
      const workers = before.children.find(({ name }) => name === 'workers');
      process.kill(workers?.pid ?? 0, 'SIGKILL');
      process.kill(postgresPid(), 'SIGKILL');
      await until('other workers are there', () => {
        const now = runtime().children.find(({ name }) => name === 'workers');
        return now !== undefined && now.pid !== workers?.pid && now.management_url !== null;
      });
      await until(
        'Postgres answers on the same address',
        async () => (await query('select 1 as one').catch(() => [])).length > 0,
      );
      expect(runtime().database_url).toBe(before.database_url);
    },
    TIMEOUT_MS,
  );

  it(
    'starts again what dies after Postgres came back on another port',
    async () => {
      await ready();
      const before = runtime();
      movedFrom(postgresPid());
      const workers = () => runtime().children.find(({ name }) => name === 'workers');
      await until('all have the new address', () => {
        return runtime().database_url !== before.database_url && !!workers()?.management_url;
      });
      const refusal = join(dataDir, 'refuse-workers');
      writeFileSync(refusal, ''); // as where the database is away while they start
      const first = workers()?.pid ?? 0;
      process.kill(first, 'SIGKILL');
      await until('they were started again', () => workers()?.pid !== first);
      await until('they have refused', () => !isAlive(workers()?.pid ?? 0));
      rmSync(refusal);
      await until('they are well again', () => isAlive(workers()?.pid ?? 0));
    },
    TIMEOUT_MS,
  );

  it(
    'starts its children once where Postgres moves again while they are stopped for the first move',
    async () => {
      await ready();
      const slow = join(dataDir, 'slow-gateway-simulator');
      writeFileSync(slow, '');
      const second = movedFrom(postgresPid());
      await until('children are stopped', () => readFileSync(slow, 'utf8') === 'stopping');
      movedFrom(second);
      rmSync(slow);

      await until('all have the last address', () => {
        const { children, database_url } = runtime();
        return (
          new URL(database_url).port === postmasterFile().split('\n')[3] &&
          children.every((child) => child.management_url !== null)
        );
      });
      expect(processesOf(join(folder, 'apps'))).toHaveLength(3);
    },
    TIMEOUT_MS,
  );

  it(
    'goes on trying while Postgres can not come up again',
    async () => {
      const supervisor = await ready();
      const needed = join(dataDir, 'postgres/global/pg_control');
      renameSync(needed, `${needed}.away`);
      process.kill(postgresPid(), 'SIGKILL');
      await until('it has told', () => supervisor.output().includes('PostgreSQL did not start'));

      renameSync(`${needed}.away`, needed);

      await until(
        'Postgres answers',
        async () => (await query('select 1 as one').catch(() => [])).length > 0,
      );
      expect(runtime().pid).toBe(supervisor.process.pid);
    },
    TIMEOUT_MS,
  );

  it(
    'asked to stop while Postgres is coming up again, leaves none behind',
    async () => {
      const supervisor = await ready();
      const before = postgresPid();
      const children = runtime().children.map(({ pid }) => pid);
      process.kill(before, 'SIGKILL');
      const next = otherPostgresThan(before);
      process.kill(next, 'SIGSTOP');

      supervisor.process.kill('SIGTERM');
      await until('the children have ended', () => !children.some(isAlive));
      await pause(200);
      process.kill(next, 'SIGCONT');

      await ended(supervisor);
      expect(supervisor.process.exitCode).toBe(0);
      expect(isAlive(next)).toBe(false);
    },
    TIMEOUT_MS,
  );

  it(
    'keeps running where its own notes can not be written',
    async () => {
      const supervisor = await ready();
      const before = runtime();
      const pidOf = (name: string) => before.children.find((child) => child.name === name)?.pid;
      const notes = join(dataDir, 'runtime.json');
      rmSync(notes);
      mkdirSync(join(notes, 'in-the-way'), { recursive: true });
      process.kill(pidOf('workers') ?? 0, 'SIGKILL');
      await until('it has told', () => supervisor.output().includes('could not be written'));

      rmSync(notes, { recursive: true });
      process.kill(pidOf('gateway-simulator') ?? 0, 'SIGKILL');

      await until('it is written again', () => existsSync(notes));
      expect(runtime().pid).toBe(before.pid);
    },
    TIMEOUT_MS,
  );

  it(
    'refuses an engine that does not answer, naming its variable',
    async () => {
      const port = String(await freePort());
      const wrong = `postgres://me:hidden@127.0.0.1:${port}/x`;
      const { process: child, output } = await ended(start({ DATABASE_URL: wrong }));
      expect(child.exitCode).toBe(78);
      expect(output()).toMatch(/^DATABASE_URL /m);
      expect(output()).not.toContain('hidden');
      const other = await ended(start({ EVENTSTORE_URL: `esdb://127.0.0.1:${port}?tls=false` }));
      expect(other.output()).toMatch(/^EVENTSTORE_URL /m);
      const lock = await ended(start({ REDIS_URLS: `redis://127.0.0.1:${port}` }));
      expect(lock.output()).toMatch(/^REDIS_URLS /m);
      const bare = await ended(start({ REDIS_URLS: 'redis://:hid/den@127.0.0.1:6379' }));
      expect(bare.output()).toMatch(/^REDIS_URLS must be /);
      const far = await ended(start({ EVENTSTORE_URL: 'esdb://127.0.0.1:99999' }));
      expect(far.output()).toMatch(/^EVENTSTORE_URL leads to no server/);
    },
    TIMEOUT_MS,
  );

  interface Started {
    readonly process: ChildProcess;
    readonly output: () => string;
  }

  function start(extra: Record<string, string>): Started {
    let text = '';
    const child = spawn(process.execPath, [join(folder, 'supervisor.js')], {
      env: { ...env, ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer) => {
      text += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const it = { process: child, output: () => text };
    started.push(it);
    return it;
  }

  async function ready(): Promise<Started> {
    const supervisor = start({});
    await until('it is ready', () => {
      if (supervisor.process.exitCode !== null) throw new Error(supervisor.output());
      return supervisor.output().includes('Keys of this machine');
    });
    return supervisor;
  }

  async function ended(supervisor: Started): Promise<Started> {
    await until('it has ended', () => supervisor.process.exitCode !== null);
    return supervisor;
  }

  function runtime(): RuntimeFile {
    return JSON.parse(readFileSync(join(dataDir, 'runtime.json'), 'utf8')) as RuntimeFile; // reason: our own file
  }

  /** Without a pause: it is ready a moment after it began. */
  function otherPostgresThan(before: number): number {
    const deadline = performance.now() + DEADLINE_MS;
    while (performance.now() < deadline) {
      const now = postgresPid();
      if (!Number.isNaN(now) && now !== before) return now;
    }
    throw new Error('waited in vain for another Postgres');
  }

  /** Ends it, and the one that follows on its port, so that a third one goes elsewhere. */
  function movedFrom(postgres: number): number {
    process.kill(postgres, 'SIGKILL');
    const next = otherPostgresThan(postgres);
    process.kill(next, 'SIGKILL');
    return otherPostgresThan(next);
  }

  /** Of the server whose file is there; NaN: there is none. */
  function postgresPid(): number {
    return Number.parseInt(postmasterFile(), 10);
  }

  function postmasterFile(): string {
    try {
      return readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8');
    } catch {
      return ''; // it comes and goes with the server
    }
  }

  function runningPids(): number[] {
    return [...runtime().children.map(({ pid }) => pid), postgresPid()];
  }

  async function query(sql: string): Promise<object[]> {
    const client = new pg.Client({ connectionString: runtime().database_url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<object>(sql)).rows;
    } finally {
      await client.end();
    }
  }
});

function url(path: string): string {
  return pathToFileURL(join(DIST, path)).href;
}

function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false; // ended meanwhile
    }
  });
}

/** A zombie, which waits for an init that takes its time, doesn't count. */
function isAlive(pid: number): boolean {
  return identityOf(pid) !== undefined;
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await pause(20);
  }
}
