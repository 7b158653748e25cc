import { join } from 'node:path';
import type { OpenLoad, OpenResult } from '../load/open-loop.js';
import { runToResult } from '../system/child.js';
import type { System } from '../system/system.js';
import { FLOOR_CREATE, runCell, WARM_UP, type Population } from './cell.js';
import type { Figure, SinglesContext } from './figure.js';

/** 1,000 payments a second where the floor makes 8,000. */
const OPEN_SHARE = 1 / 8;
const OPEN_LOOP = join(import.meta.dirname, '..', 'load', 'open-loop.js');

/** What a payment waits for at an eighth of the floor's rate, whoever else is in the queue. */
export async function tellLatency(
  { system, population, floorRate }: SinglesContext,
  seconds: number,
): Promise<readonly Figure[]> {
  const run = { bounds: WARM_UP, population };
  const ours = { name: 'create', server: 'api-in-process', kind: 'create' } as const;
  await runCell(system, ours, run);
  await runCell(system, FLOOR_CREATE, run);
  const floor = floorRate ?? (await runCell(system, FLOOR_CREATE, run)).rate;
  const ratePerSecond = Math.max(1, Math.round(floor * OPEN_SHARE));
  const load: OpenLoad = {
    kind: 'create',
    target: targetOf(system, population),
    ratePerSecond,
    seconds,
  };
  const result = await runToResult<OpenResult>(OPEN_LOOP, load);
  const figure = (name: 'p50' | 'p99' | 'max') => ({
    scenario: 'latency',
    what: `create at ${ratePerSecond}/s, ${name} from the instant it was due`,
    value: result[name],
    unit: 'ms',
  });
  return [figure('p50'), figure('p99'), figure('max')];
}

function targetOf(system: System, population: Population): OpenLoad['target'] {
  return {
    url: system.url('api-in-process'),
    key: system.keys.merchant,
    analystKey: system.keys.analyst,
    prefix: `open-${Date.now()}`,
    population: population.count,
    populationPrefix: population.prefix,
  };
}
