import { join } from 'node:path';
import { PROJECTIONS } from '../../projections/registry.js';
import { mostBehind } from '../system/lags.js';
import { runCell, storedEach } from './cell.js';
import { lagFigures, storedFigures, type Figure, type Single } from './figure.js';
import { tellLatency } from './latency.js';
import type { PureCore } from './pure-core.js';
import type { Rebuilt } from './rebuild-model.js';
import { seedEvents } from './seeding.js';

const here = (file: string) => join(import.meta.dirname, file);
const OPEN = { rounds: 3, seconds: 5 } as const;
const LAG_SECONDS = 6;
const REBUILD_EVENTS = 200_000;

export const SINGLES: Readonly<Record<string, Single>> = {
  core: async ({ system }) => {
    const core = await system.task<PureCore>(here('pure-core.js'), {});
    const figure = (what: string, value: number) => ({
      scenario: 'core',
      what,
      value,
      unit: '/CPU s',
    });
    return [
      figure('commands of the pure core, a life of seven', core.commandsPerCpuSecond),
      figure('create, capture and refund alone', core.clientCommandsPerCpuSecond),
    ];
  },

  latency: (context) => tellLatency(context, OPEN),

  lag: async ({ system, population }) => {
    const maker = { name: 'lag', server: 'api-in-process', kind: 'create' } as const;
    const bounds = { connections: 64, seconds: LAG_SECONDS };
    const { result: cell, most } = await mostBehind(system.lags, () =>
      runCell(system, maker, { bounds, population }),
    );
    return [...lagFigures('lag', most), ...storedFigures('lag', cell.stored)];
  },

  rebuild: async ({ system, population }) => {
    const { databaseUrl } = system;
    const head = await system.head();
    await seedEvents(system, population, { events: REBUILD_EVENTS, prefix: 'rebuild' });
    await system.caughtUp();
    const events = await system.countEvents();
    const stored = storedEach(await system.storedAfter(head));
    const figures: Figure[] = [];
    for (const { name } of PROJECTIONS) {
      const built = await system.task<Rebuilt>(here('rebuild-model.js'), { databaseUrl, name });
      if (built.outcome !== 'switched') throw new Error(`${name}: ${built.outcome}`);
      const what = `rebuild of ${name} from ${events} events`;
      figures.push({ scenario: 'rebuild', what, value: events / built.seconds, unit: 'events/s' });
    }
    return [...figures, ...storedFigures('rebuild', stored)];
  },

  'start-up': async ({ system }) =>
    Object.entries(system.startUpMs).map(([name, value]) => ({
      scenario: 'start-up',
      what: `${name}, all at once, until ready`,
      value,
      unit: 'ms',
    })),

  memory: async ({ system }) =>
    Object.entries(system.memory()).map(([name, value]) => ({
      scenario: 'memory',
      what: `${name} after what ran`,
      value,
      unit: 'MiB',
    })),
};
