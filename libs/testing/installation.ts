import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { RuntimeFile } from '../../apps/standalone/runtime-file.js';
import type { Role } from '../access/role.js';
import { freePort } from '../platform/free-port.js';
import { eventually } from './eventually.js';

const READY_DEADLINE_MS = 60_000;

/** Everything that `npm start` runs, as processes of their own on free ports, with data in a folder of its own. */
export interface Installation {
  readonly url: string;
  readonly key: Readonly<Record<Role | 'merchant_2', string>>;
  readonly dataDir: string;
  readonly runtime: () => RuntimeFile;
  /** What all processes have written so far, on both streams. */
  readonly output: () => string;
  /** Asks it to stop; resolves to its exit code. */
  stop(): Promise<number | null>;
  /** Stops what still runs, and removes the data. */
  dispose(): Promise<void>;
}

/** From what was built last. @throws where it does not become ready */
export async function startInstallation(
  env: Readonly<Record<string, string>> = {},
): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-installation-'));
  // Else, as root, the data of Postgres would go elsewhere.
  chmodSync(folder, 0o755);
  const dataDir = join(folder, 'data');
  const port = await freePort();
  const supervisor = spawn(process.execPath, [resolve('dist/apps/standalone/main.js')], {
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      GATEWAY_SIMULATOR_PORT: String(await freePort()),
      TILLSTREAM_DATA_DIR: dataDir,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = outputOf(supervisor);
  const dispose = async () => {
    await stopped(supervisor);
    rmSync(folder, { recursive: true, force: true });
  };
  const file = <Content>(name: string) =>
    JSON.parse(readFileSync(join(dataDir, name), 'utf8')) as Content; // reason: files of ours
  try {
    await eventually(() => {
      if (supervisor.exitCode !== null) throw new Error(output());
      expect(output()).toContain('Tillstream is ready');
    }, READY_DEADLINE_MS);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    key: file<Installation['key']>('keys.json'),
    dataDir,
    runtime: () => file<RuntimeFile>('runtime.json'),
    output,
    stop: () => stopped(supervisor),
    dispose,
  };
}

function outputOf(child: ChildProcess): () => string {
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
  }
  return () => chunks.join('');
}

async function stopped(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  }
  return child.exitCode;
}
