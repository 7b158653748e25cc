import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../../libs/platform/config.js';
import { makeFolder } from '../../libs/platform/make-folder.js';
import { errorCode } from '../../libs/platform/error-code.js';
import {
  identityOf,
  stillRuns,
  type ProcessIdentity,
} from '../../libs/platform/process-identity.js';

const ATTEMPTS_MAX = 5;
const shape = z.object({ pid: z.number(), began: z.string() });

/**
 * Makes this process the only one on the data directory, or refuses. The lock of a process that is gone is taken over.
 * @returns a function that lets go
 * @throws ConfigError
 */
export function lockDataDir(dataDir: string): () => void {
  const lockFile = join(dataDir, 'supervisor.lock');
  const mine = `${lockFile}.${process.pid}`;
  try {
    makeFolder(dataDir);
    writeFileSync(mine, JSON.stringify(identityOf(process.pid)), { mode: 0o600 });
  } catch (error) {
    if (existsSync(mine)) rmSync(mine); // below a file, even `force` would throw
    if (errorCode(error) === 'ENOSPC')
      throw new ConfigError(['TILLSTREAM_DATA_DIR: its disk is full.']);
    throw new ConfigError(['TILLSTREAM_DATA_DIR must be a folder that this user may write to.']);
  }
  try {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      if (linked(mine, lockFile)) return () => letGo(lockFile);
      refuseIfHeld(readLock(lockFile));
      takeAway(lockFile);
    }
    throw new ConfigError(['TILLSTREAM_DATA_DIR is being taken by several starts at once.']);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** A link is made by one process only, and the file has its content from the first moment on. */
function linked(mine: string, lockFile: string): boolean {
  try {
    linkSync(mine, lockFile);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function refuseIfHeld(holder: ProcessIdentity | undefined): void {
  if (holder === undefined || !stillRuns(holder)) return;
  throw new ConfigError([
    `TILLSTREAM_DATA_DIR is in use by a Tillstream that runs already (process ${holder.pid}); stop that one, or name another folder.`,
  ]);
}

/** Two starts may find the same stale lock: what was moved aside is looked at again, and put back if somebody holds it. */
function takeAway(lockFile: string): void {
  const aside = `${lockFile}.stale.${process.pid}`;
  try {
    renameSync(lockFile, aside);
  } catch {
    return; // somebody else took it away
  }
  const holder = readLock(aside);
  if (holder !== undefined && stillRuns(holder)) linked(aside, lockFile);
  rmSync(aside, { force: true });
}

function letGo(lockFile: string): void {
  if (readLock(lockFile)?.pid === process.pid) rmSync(lockFile, { force: true });
}

function readLock(path: string): ProcessIdentity | undefined {
  try {
    return shape.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
