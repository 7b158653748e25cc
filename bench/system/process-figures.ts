import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Ticks of a process' CPU time a second; Linux has had no other value for decades. */
const TICKS_PER_SECOND = 100;
const KIB_PER_MIB = 1024;
const IDLE_SHARE_MAX = 0.15;
const IDLE_WINDOW_MS = 1_000;

interface Stat {
  readonly parent: number;
  readonly own: number;
  readonly ended: number;
}

/** CPU seconds of a process, user and system; `family`: with its children, ended ones included (Postgres). */
export function cpuSeconds(pid: number, family = false): number {
  const stat = statOf(pid);
  if (stat === null) return 0;
  if (!family) return stat.own / TICKS_PER_SECOND;
  const children = childrenOf(pid).reduce((sum, child) => sum + (statOf(child)?.own ?? 0), 0);
  return (stat.own + stat.ended + children) / TICKS_PER_SECOND;
}

/** Resolves when what is told by `busySeconds` took little of the last second. */
export async function untilIdle(busySeconds: () => number): Promise<void> {
  for (let busy = busySeconds(); ;) {
    await pause(IDLE_WINDOW_MS);
    const now = busySeconds();
    if ((now - busy) / (IDLE_WINDOW_MS / 1000) < IDLE_SHARE_MAX) return;
    busy = now;
  }
}

/** Resident memory in MiB; of a family, its private parts, so that what is shared counts once. */
export function memoryMib(pid: number, family = false): number {
  if (!family) return field(pid, 'VmRSS') / KIB_PER_MIB;
  const shared = field(pid, 'RssShmem');
  const parts = [pid, ...childrenOf(pid)].map((it) => field(it, 'RssAnon'));
  return (shared + parts.reduce((sum, part) => sum + part, 0)) / KIB_PER_MIB;
}

function childrenOf(pid: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((it) => statOf(it)?.parent === pid);
}

function statOf(pid: number): Stat | null {
  const text = read(`/proc/${pid}/stat`);
  // The name stands in brackets and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const number = (index: number) => Number(fields[index] ?? 0);
  if (text === '') return null;
  return { parent: number(1), own: number(11) + number(12), ended: number(13) + number(14) };
}

function field(pid: number, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
