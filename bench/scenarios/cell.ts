import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { ClosedLoad, ClosedResult } from '../load/closed-loop.js';
import type { LoadKind } from '../load/steps.js';
import type { Stored } from '../system/log-questions.js';
import type { ServerName, System } from '../system/system.js';

/** Who is measured with what. */
export interface Contestant {
  readonly name: string;
  /** 'postgres': inserts without a server between. */
  readonly server: ServerName | 'postgres';
  readonly kind: LoadKind;
}

export const FLOOR_CREATE = {
  name: 'floor',
  server: 'floor',
  kind: 'floor-create',
} as const satisfies Contestant;

export interface Population {
  readonly prefix: string;
  readonly count: number;
}

/** Of one payment; bytes are those of data and metadata. */
export type StoredEach = Omit<Stored, 'payments'>;

/** One round of one contestant. */
export interface Cell extends ClosedResult {
  /** Sequences a second. */
  readonly rate: number;
  /** CPU microseconds a sequence, by process; the load's own is not in it. */
  readonly cpuMicros: Readonly<Record<string, number>>;
  /** In the event store for each payment that began; none where none did. */
  readonly stored: StoredEach;
}

export type Bounds = Pick<ClosedLoad, 'connections' | 'seconds' | 'amount'>;

const LOADS = join(import.meta.dirname, '..', 'load');
const MICROS = 1_000_000;

/** Of each contestant, before it is measured: so many calls that what serves them is compiled, and stays so. */
export const WARM_UP = { connections: 64, amount: 8_000 } as const;

export async function runCell(
  system: System,
  contestant: Contestant,
  run: { readonly bounds: Bounds; readonly population: Population; readonly prefix?: string },
): Promise<Cell> {
  const { population } = run;
  const { server } = contestant;
  const raw = server === 'postgres';
  const load: ClosedLoad = {
    ...run.bounds,
    kind: contestant.kind,
    target: {
      url: raw ? system.databaseUrl : system.url(server),
      key: system.keys.merchant,
      analystKey: system.keys.analyst,
      prefix: run.prefix ?? randomUUID(),
      population: population.count,
      populationPrefix: population.prefix,
    },
  };
  const head = await system.head();
  const before = await system.cpu();
  const file = raw ? 'raw-inserts.js' : 'closed-loop.js';
  const result = await system.task<ClosedResult>(join(LOADS, file), load);
  // What the load left to the read models is part of what it costs, and none of the next one's business.
  await system.caughtUp();
  const after = await system.cpu();
  const stored = storedEach(await system.storedAfter(head));
  const used = Object.entries(after).map(([name, seconds]) => {
    const micros = ((seconds - (before[name] ?? 0)) * MICROS) / Math.max(1, result.done);
    return [name, Math.round(micros)] as const;
  });
  const cpuMicros = Object.fromEntries(used);
  return { ...result, rate: result.done / result.seconds, cpuMicros, stored };
}

/** By the payments that began: those that the end of a round cut off have stored theirs, too. */
export function storedEach({ payments, events, bytes }: Stored): StoredEach {
  if (payments === 0) return { events: 0, bytes: 0 };
  return { events: events / payments, bytes: bytes / payments };
}

/** Makes payments that reads and repeats then meet. */
export async function populate(system: System, count: number): Promise<Population> {
  const prefix = randomUUID();
  const maker = { name: 'population', server: 'api-in-process', kind: 'create' } as const;
  const bounds = { connections: 64, amount: count };
  await runCell(system, maker, { bounds, population: { prefix, count: 0 }, prefix });
  return { prefix, count };
}
