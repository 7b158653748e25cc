import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { OpenLoad, OpenResult } from '../load/open-loop.js';
import type { System } from '../system/system.js';
import { FLOOR_CREATE, runCell, storedEach, WARM_UP, type Population } from './cell.js';
import { storedFigures, type Figure, type SinglesContext } from './figure.js';
import { median, spread } from './median.js';

/** 1,000 payments a second where the floor makes 8,000. */
const OPEN_SHARE = 1 / 8;
const OPEN_LOOP = join(import.meta.dirname, '..', 'load', 'open-loop.js');

/** What a payment waits for at an eighth of the floor's rate, whoever else is in the queue. */
export async function tellLatency(
  { system, population, floorRate }: SinglesContext,
  plan: { readonly rounds: number; readonly seconds: number },
): Promise<readonly Figure[]> {
  const run = { bounds: WARM_UP, population };
  const ours = { name: 'create', server: 'api-in-process', kind: 'create' } as const;
  await runCell(system, ours, run);
  await runCell(system, FLOOR_CREATE, run);
  const floor = floorRate ?? (await runCell(system, FLOOR_CREATE, run)).rate;
  const ratePerSecond = Math.max(1, Math.round(floor * OPEN_SHARE));
  const head = await system.head();
  const rounds: OpenResult[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    const load: OpenLoad = {
      kind: 'create',
      target: targetOf(system, population),
      ratePerSecond,
      seconds: plan.seconds,
    };
    rounds.push(await system.task<OpenResult>(OPEN_LOOP, load));
    await system.caughtUp();
  }
  const scenario = 'latency';
  const figure = (name: string, value: number, unit = 'ms'): Figure => ({
    scenario,
    what: `create at ${ratePerSecond}/s, ${name}`,
    value,
    unit,
  });
  const p99s = rounds.map(({ p99 }) => p99);
  return [
    figure('p50 from the instant it was due', median(rounds.map(({ p50 }) => p50))),
    figure('p99 from the instant it was due', median(p99s)),
    figure(`spread of p99 over ${plan.rounds} x ${plan.seconds} s`, 100 * spread(p99s), '%'),
    figure('the longest of all', Math.max(...rounds.map(({ max }) => max))),
    ...storedFigures(scenario, storedEach(await system.storedAfter(head))),
  ];
}

function targetOf(system: System, population: Population): OpenLoad['target'] {
  return {
    url: system.url('api-in-process'),
    key: system.keys.merchant,
    analystKey: system.keys.analyst,
    prefix: randomUUID(),
    population: population.count,
    populationPrefix: population.prefix,
  };
}
