import { join } from 'node:path';
import { PROJECTIONS } from '../../projections/registry.js';
import { runToResult } from '../system/child.js';
import { runCell } from './cell.js';
import type { Figure, Single } from './figure.js';
import { tellLatency } from './latency.js';
import type { PureCore } from './pure-core.js';
import type { Rebuilt } from './rebuild-model.js';
import { seedEvents } from './seeding.js';

const here = (file: string) => join(import.meta.dirname, file);
const OPEN_SECONDS = 5;
const LAG_SECONDS = 6;
const LAG_LOOK_MS = 250;
const REBUILD_EVENTS = 200_000;

export const SINGLES: Readonly<Record<string, Single>> = {
  core: async () => {
    const core = await runToResult<PureCore>(here('pure-core.js'), {});
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

  latency: (context) => tellLatency(context, OPEN_SECONDS),

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
    const { databaseUrl } = system;
    await seedEvents(system, population, { events: REBUILD_EVENTS, prefix: 'rebuild' });
    await system.caughtUp();
    const events = await system.countEvents();
    const figures: Figure[] = [];
    for (const { name } of PROJECTIONS) {
      const built = await runToResult<Rebuilt>(here('rebuild-model.js'), { databaseUrl, name });
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
};
