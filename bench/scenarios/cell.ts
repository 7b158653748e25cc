import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { ClosedLoad, ClosedResult } from '../load/closed-loop.js';
import type { LoadKind } from '../load/steps.js';
import { runToResult } from '../system/child.js';
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

/** One round of one contestant. */
export interface Cell extends ClosedResult {
  /** Sequences a second. */
  readonly rate: number;
  /** CPU microseconds a sequence, by process; the load's own is not in it. */
  readonly cpuMicros: Readonly<Record<string, number>>;
  /** Stored in the event store for each sequence; bytes are those of data and metadata. */
  readonly stored: Stored;
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
  const result = await runToResult<ClosedResult>(join(LOADS, file), load);
  // What the load left to the read models is part of what it costs, and none of the next one's business.
  await system.caughtUp();
  const after = await system.cpu();
  const { events, bytes } = await system.storedAfter(head);
  const each = (sum: number) => sum / Math.max(1, result.done);
  const used = Object.entries(after).map(([name, seconds]) => {
    const micros = each((seconds - (before[name] ?? 0)) * MICROS);
    return [name, Math.round(micros)] as const;
  });
  const cpuMicros = Object.fromEntries(used);
  const stored = { events: each(events), bytes: each(bytes) };
  return { ...result, rate: result.done / result.seconds, cpuMicros, stored };
}

/** Makes payments that reads and repeats then meet. */
export async function populate(system: System, count: number): Promise<Population> {
  const prefix = randomUUID();
  const maker = { name: 'population', server: 'api-in-process', kind: 'create' } as const;
  const bounds = { connections: 64, amount: count };
  await runCell(system, maker, { bounds, population: { prefix, count: 0 }, prefix });
  return { prefix, count };
}
