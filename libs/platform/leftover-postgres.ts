import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { errorCode } from './error-code.js';

const POLL_MS = 25;
/** A fast shutdown writes a checkpoint first. */
const FAST_STOP_MS = 20_000;
const IMMEDIATE_STOP_MS = 5_000;
/** Backends end by themselves once they see that their postmaster is gone. */
const ORPHANS_END_MS = 5_000;

/**
 * Ends what a killed start left running on this data directory: the postmaster, or backends that outlived theirs.
 * A process counts only if it is a postgres and works in this very directory; nothing is stopped by number alone.
 */
export async function endLeftoverPostgres(
  data: string,
  tell: (text: string) => void,
): Promise<void> {
  const recorded = recordedPostmaster(data);
  const found = processesOf(data);
  if (recorded !== undefined && found.includes(recorded)) {
    tell(`stopping the PostgreSQL that an earlier start left behind (process ${recorded})`);
    await endPostmaster(recorded);
  }
  const gone = () => processesOf(data).length === 0;
  if (!(await within(ORPHANS_END_MS, gone))) {
    for (const pid of processesOf(data)) signal(pid, 'SIGKILL');
    await within(IMMEDIATE_STOP_MS, gone);
  }
  // Nobody works here any more. The recorded number may be a stranger's by now, or that of a zombie: Postgres would take
  // either for itself and refuse to start.
  rmSync(join(data, 'postmaster.pid'), { force: true });
}

/** Fast shutdown, then immediate, then kill; each only if the one before did not help in time. */
export async function endPostmaster(pid: number): Promise<void> {
  const gone = () => !isAlive(pid);
  signal(pid, 'SIGINT');
  if (await within(FAST_STOP_MS, gone)) return;
  signal(pid, 'SIGQUIT');
  if (await within(IMMEDIATE_STOP_MS, gone)) return;
  signal(pid, 'SIGKILL');
  await within(IMMEDIATE_STOP_MS, gone);
}

function recordedPostmaster(data: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Every process of a Postgres server has its data directory as working directory. */
function processesOf(data: string): readonly number[] {
  const folder = realpathSync(data);
  if (process.platform !== 'linux') return postmasterByCommand(folder);
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid)) return [];
    try {
      const isPostgres = readFileSync(`/proc/${name}/comm`, 'utf8').trim() === 'postgres';
      return isPostgres && readlinkSync(`/proc/${name}/cwd`) === folder ? [pid] : [];
    } catch {
      return []; // ended meanwhile, or not ours to look at
    }
  });
}

function postmasterByCommand(data: string): readonly number[] {
  const recorded = recordedPostmaster(data);
  if (recorded === undefined) return [];
  try {
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(recorded)]).toString();
    return command.includes('postgres') && command.includes(`-D ${data}`) ? [recorded] : [];
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  return !isZombie(pid);
}

/** Ended already, but nobody took note yet: in a container without an init that may stay so. */
function isZombie(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/, ''));
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // ended meanwhile
  }
}

async function within(limitMs: number, condition: () => boolean): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await pause(POLL_MS);
  }
  return true;
}
