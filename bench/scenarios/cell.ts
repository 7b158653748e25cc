import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { ClosedLoad, ClosedResult } from '../load/closed-loop.js';
import type { LoadKind } from '../load/steps.js';
import { runToResult } from '../system/child.js';
import type { ServerName, System } from '../system/system.js';

/** Who is measured with what. */
export interface Contestant {
  readonly name: string;
  readonly server: ServerName;
  readonly kind: LoadKind;
}

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
}

export type Bounds = Pick<ClosedLoad, 'connections' | 'seconds' | 'amount'>;

const LOAD = join(import.meta.dirname, '..', 'load', 'closed-loop.js');
const MICROS = 1_000_000;

export async function runCell(
  system: System,
  contestant: Contestant,
  run: { readonly bounds: Bounds; readonly population: Population; readonly prefix?: string },
): Promise<Cell> {
  const { population } = run;
  const load: ClosedLoad = {
    ...run.bounds,
    kind: contestant.kind,
    target: {
      url: system.url(contestant.server),
      key: system.keys.merchant,
      analystKey: system.keys.analyst,
      prefix: run.prefix ?? randomUUID(),
      population: population.count,
      populationPrefix: population.prefix,
    },
  };
  const before = await system.cpu();
  const result = await runToResult<ClosedResult>(LOAD, load);
  const after = await system.cpu();
  const used = Object.entries(after).map(([name, seconds]) => {
    const micros = ((seconds - (before[name] ?? 0)) * MICROS) / Math.max(1, result.done);
    return [name, Math.round(micros)] as const;
  });
  const cpuMicros = Object.fromEntries(used);
  return { ...result, rate: result.done / result.seconds, cpuMicros };
}

/** Makes payments that reads and repeats then meet. */
export async function populate(system: System, count: number): Promise<Population> {
  const prefix = randomUUID();
  const maker = { name: 'population', server: 'api-in-process', kind: 'create' } as const;
  const bounds = { connections: 64, amount: count };
  await runCell(system, maker, { bounds, population: { prefix, count: 0 }, prefix });
  return { prefix, count };
}
