import { join } from 'node:path';
import { paymentIdFor } from '../../apps/api/commands/idempotency-key.js';
import { PROJECTIONS } from '../../projections/registry.js';
import type { OpenLoad, OpenResult } from '../load/open-loop.js';
import { runToResult } from '../system/child.js';
import type { System } from '../system/system.js';
import { populate, runCell, type Population } from './cell.js';
import type { PureCore } from './pure-core.js';
import type { Rebuilt } from './rebuild-model.js';

/** One figure that has no contestant. */
export interface Figure {
  readonly scenario: string;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}

export interface SinglesContext {
  readonly system: System;
  readonly population: Population;
  /** A payment a second of the API in the duels, if they ran: the open loop stays below it. */
  readonly rate: number | undefined;
}

export type Single = (context: SinglesContext) => Promise<readonly Figure[]>;

const here = (file: string) => join(import.meta.dirname, file);
const OPEN_SECONDS = 5;
const OPEN_RATE_MAX = 1_000;
const OPEN_SHARE = 0.5;
const LAG_SECONDS = 6;
const LAG_LOOK_MS = 250;
const REBUILD_EVENTS = 200_000;
const TEMPLATES = 16;

export const SINGLES: Readonly<Record<string, Single>> = {
  core: async () => {
    const core = await runToResult<PureCore>(here('pure-core.js'), {});
    const value = core.commandsPerCpuSecond;
    return [{ scenario: 'core', what: 'commands of the pure core', value, unit: '/CPU s' }];
  },

  latency: async ({ system, population, rate = OPEN_RATE_MAX }) => {
    const ratePerSecond = Math.max(1, Math.round(Math.min(OPEN_RATE_MAX, rate * OPEN_SHARE)));
    const load: OpenLoad = {
      kind: 'create',
      target: targetOf(system, population),
      ratePerSecond,
      seconds: OPEN_SECONDS,
    };
    const result = await runToResult<OpenResult>(here('../load/open-loop.js'), load);
    const figure = (name: 'p50' | 'p99' | 'max') => ({
      scenario: 'latency',
      what: `create at ${ratePerSecond}/s, ${name} from the instant it was due`,
      value: result[name],
      unit: 'ms',
    });
    return [figure('p50'), figure('p99'), figure('max')];
  },

  lag: async ({ system, population }) => {
    const most = new Map<string, number>();
    let running = true;
    const look = async () => {
      while (running) {
        for (const { name, lag_seconds: lag } of await system.lags()) {
          most.set(name, Math.max(most.get(name) ?? 0, lag));
        }
        await new Promise((resolve) => setTimeout(resolve, LAG_LOOK_MS));
      }
    };
    const looking = look();
    const maker = { name: 'lag', server: 'api-in-process', kind: 'create' } as const;
    const bounds = { connections: 64, seconds: LAG_SECONDS };
    await runCell(system, maker, { bounds, population }).finally(() => (running = false));
    await looking;
    return [...most].map(([name, value]) => ({
      scenario: 'lag',
      what: `most that ${name} was behind under load`,
      value,
      unit: 's',
    }));
  },

  rebuild: async ({ system, population }) => {
    const templates = Array.from({ length: TEMPLATES }, (_, nth) =>
      paymentIdFor('mer_local', `${population.prefix}-${nth}`),
    );
    const { databaseUrl } = system;
    await runToResult(here('seed.js'), { databaseUrl, templates, events: REBUILD_EVENTS });
    await system.caughtUp();
    const events = await system.countEvents();
    const figures: Figure[] = [];
    for (const { name } of PROJECTIONS) {
      const task = { databaseUrl, name };
      const built = await runToResult<Rebuilt>(here('rebuild-model.js'), task);
      if (built.outcome !== 'switched') throw new Error(`${name}: ${built.outcome}`);
      const what = `rebuild of ${name} from ${events} events`;
      figures.push({ scenario: 'rebuild', what, value: events / built.seconds, unit: 'events/s' });
    }
    return figures;
  },

  'start-up': async ({ system }) =>
    Object.entries(system.startUpMs).map(([name, value]) => ({
      scenario: 'start-up',
      what: `${name}, all at once, until ready`,
      value,
      unit: 'ms',
    })),

  memory: async ({ system }) =>
    Object.entries(system.memory()).map(([name, { mib }]) => ({
      scenario: 'memory',
      what: `${name} after all of it`,
      value: mib,
      unit: 'MiB',
    })),

  storage: async ({ system }) => {
    const before = await system.stored();
    const { count } = await populate(system, 500);
    const after = await system.stored();
    const figure = (what: string, key: keyof typeof after, unit: string) => ({
      scenario: 'storage',
      what,
      value: (after[key] - before[key]) / count,
      unit,
    });
    return [
      figure('events of a payment', 'events', ''),
      figure('data and metadata of a payment', 'bytes', 'bytes'),
    ];
  },
};

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
