import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { stillRuns, type ProcessIdentity } from '../../libs/platform/process-identity.js';

/** Children whose supervisor was killed end by themselves; this is how long they are given for it. */
const LEFTOVERS_END_MS = 4_000;
const POLL_MS = 25;

/**
 * What runs on this data directory (its own `pid` is the supervisor's), for the command line and for the next start.
 * Mode 600, it holds a password.
 */
export interface RuntimeFile extends ProcessIdentity {
  readonly children: readonly (ProcessIdentity & {
    readonly name: string;
    /** Health and metrics. */
    readonly management_url: string | null;
  })[];
  readonly url: string;
  readonly database_url: string;
  readonly eventstore_url: string | null;
  readonly gateway_simulator_url: string;
}

const leftovers = z.object({
  children: z.array(z.object({ pid: z.number(), began: z.string() })),
});

/** All or nothing. @throws what the file system throws */
export function writeRuntimeFile(dataDir: string, runtime: RuntimeFile): void {
  const path = pathIn(dataDir);
  const workshop = `${path}.${process.pid}`;
  try {
    writeFileSync(workshop, `${JSON.stringify(runtime, null, 2)}\n`, { mode: 0o600 });
    renameSync(workshop, path);
  } finally {
    rmSync(workshop, { force: true });
  }
}

export function removeRuntimeFile(dataDir: string): void {
  rmSync(pathIn(dataDir), { force: true });
}

/** Waits for the children of a killed supervisor to end, and ends those that don't: they hold ports that we need. */
export async function endLeftoverChildren(dataDir: string): Promise<void> {
  const deadline = performance.now() + LEFTOVERS_END_MS;
  for (const child of recordedChildren(dataDir)) {
    while (stillRuns(child)) {
      if (performance.now() > deadline) process.kill(child.pid, 'SIGKILL');
      await pause(POLL_MS);
    }
  }
  removeRuntimeFile(dataDir);
}

function recordedChildren(dataDir: string): readonly ProcessIdentity[] {
  try {
    return leftovers.parse(JSON.parse(readFileSync(pathIn(dataDir), 'utf8'))).children;
  } catch {
    return [];
  }
}

function pathIn(dataDir: string): string {
  return join(dataDir, 'runtime.json');
}
