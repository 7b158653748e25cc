import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process beyond its number, which the system gives out again after its end, and after every boot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it began, in the system's own words, and which boot that was. */
  readonly began: string;
}

/** undefined when no such process runs: its ports are free then, too (a zombie doesn't run). */
export function identityOf(pid: number): ProcessIdentity | undefined {
  try {
    const began = process.platform === 'linux' ? beganOnLinux(pid) : beganByPs(pid);
    return began === undefined ? undefined : { pid, began };
  } catch {
    return undefined;
  }
}

/** True while this very process runs, not just one of the same number. */
export function stillRuns(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.began === identity.began;
}

function beganOnLinux(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // proc(5): the name in brackets may hold spaces; what follows begins with field 3, the state. Field 20: how many
  // threads, field 22: start time. A zombie whose other threads are still ending holds all its files until they have.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' && !(Number(fields[17]) > 1)) return undefined;
  if (fields[19] === undefined) return undefined;
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot}:${fields[19]}`;
}

function beganByPs(pid: number): string | undefined {
  const began = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { stdio: 'pipe' });
  return began.toString().trim() || undefined;
}
