import { mostBehind } from '../system/lags.js';
import type { System } from '../system/system.js';
import { FLOOR_CREATE, runCell, type Bounds, type Contestant, type Population } from './cell.js';
import { runDuel, type Duel, type DuelRow } from './duels.js';
import { tellLatency } from './latency.js';
import {
  lagFigures,
  storedFigures,
  type Figure,
  type Single,
  type SinglesContext,
} from './figure.js';
import { seedEvents } from './seeding.js';

const GROWTH_PAYMENTS = [10_000, 100_000, 1_000_000] as const;
const GROWTH_ROUNDS = { connections: [64], rounds: 3, seconds: 5 } as const;
const SUSTAINED = { connections: 64, seconds: 60 } as const;
/** Half of the floor's minute before and half behind: a machine may be another one after two minutes. */
const HALF = { ...SUSTAINED, seconds: SUSTAINED.seconds / 2 } as const;
const EVENTS_A_PAYMENT = 3;
/** A quick machine may have made as many as are wanted while it was measured; what is read are those seeded last. */
const SEEDED_PAYMENTS_MIN = 5_000;

const CREATE = { name: 'create', server: 'api-in-process', kind: 'create' } as const;

/** Each beside what does not grow, since a machine has slow minutes of its own. */
const GROWING: readonly Duel[] = [
  { name: 'growth', contestants: [FLOOR_CREATE, CREATE] },
  {
    name: 'growth',
    contestants: [
      { name: 'no-op Nest GET', server: 'noop', kind: 'noop-list' },
      { name: 'get by id', server: 'api-in-process', kind: 'get' },
      { name: 'list, 20 rows', server: 'api-in-process', kind: 'list' },
      { name: 'statements', server: 'api-in-process', kind: 'statements' },
    ],
  },
];

/** Scenarios that run by name only. */
export const LONG: Readonly<Record<string, Single>> = {
  sustained: async (context) => {
    const { system, population, tell } = context;
    const run = (contestant: Contestant, bounds: Bounds) =>
      runCell(system, contestant, { bounds, population });
    const before = await run(FLOOR_CREATE, HALF);
    const { result: cell, most } = await mostBehind(system.lags, () => run(CREATE, SUSTAINED));
    const after = await run(FLOOR_CREATE, HALF);
    const floorRate = (before.rate + after.rate) / 2;
    const memory = system.memory()['api-in-process'] ?? Number.NaN;
    // What both left to the disk and to the workers is no part of what a payment waits for at a moderate rate.
    await settled(system, tell);
    const figure = (what: string, value: number, unit: string): Figure => ({
      scenario: 'sustained',
      what: `${what} over ${SUSTAINED.seconds} s`,
      value,
      unit,
    });
    return [
      figure('floor', floorRate, '/s'),
      figure('complete payments', cell.rate, '/s'),
      figure('ratio to the floor', (100 * cell.rate) / floorRate, '%'),
      figure('p99 of a closed loop', cell.p99, 'ms'),
      figure('memory of the API', memory, 'MiB'),
      ...lagFigures('sustained', most),
      ...storedFigures('sustained', cell.stored),
      ...(await tellLatency({ ...context, floorRate }, { rounds: 1, seconds: SUSTAINED.seconds })),
    ];
  },

  growth: async (context) => {
    const figures: Figure[] = [];
    const smallest = new Map<string, DuelRow>();
    for (const payments of GROWTH_PAYMENTS) {
      const population = await growTo(payments, context);
      for (const duel of GROWING) {
        const plan = { ...GROWTH_ROUNDS, only: undefined, population, tell: context.tell };
        for (const row of await runDuel(context.system, duel, plan)) {
          const first = smallest.get(row.contestant) ?? row;
          smallest.set(row.contestant, first);
          figures.push(...grownFigures(row, first, payments));
          if (row.contestant === CREATE.name) {
            figures.push(...storedFigures('growth', row.stored));
          }
        }
      }
      for (const [name, value] of Object.entries(context.system.memory())) {
        figures.push({ scenario: 'growth', what: `${name} at ${payments}`, value, unit: 'MiB' });
      }
    }
    return figures;
  },
};

function grownFigures(row: DuelRow, first: DuelRow, payments: number): Figure[] {
  const what = `${row.contestant} among ${payments} payments`;
  const slower = 100 * (cpuOf(row) / cpuOf(first) - 1);
  return [
    { scenario: 'growth', what, value: row.rate, unit: '/s' },
    { scenario: 'growth', what, value: 100 * row.ratio, unit: '% of what does not grow' },
    { scenario: 'growth', what, value: cpuOf(row), unit: 'CPU us, all processes' },
    { scenario: 'growth', what, value: slower, unit: '% more CPU than in the smallest log' },
  ];
}

/** Connections of Postgres are told apart as well, within its sum. */
function cpuOf({ cpuMicros }: DuelRow): number {
  const processes = Object.entries(cpuMicros).filter(([name]) => !name.startsWith('postgres: '));
  return processes.reduce((sum, [, micros]) => sum + micros, 0);
}

/** Fills the log up to so many payments, all of which can be read by their keys. */
async function growTo(payments: number, context: SinglesContext): Promise<Population> {
  const { system, population, tell } = context;
  const there = (await system.countEvents()) / EVENTS_A_PAYMENT;
  const missing = Math.max(SEEDED_PAYMENTS_MIN, Math.round(payments - there));
  const events = missing * EVENTS_A_PAYMENT;
  tell(`seeding ${events} events`);
  const grown = await seedEvents(system, population, { events, prefix: `${payments}-seed` });
  tell('waiting for the read models');
  await settled(system, tell);
  return grown;
}

async function settled(system: System, tell: (text: string) => void): Promise<void> {
  const progress = setInterval(() => {
    const say = (lags: Awaited<ReturnType<System['lags']>>) =>
      tell(lags.map((lag) => `${lag.name} ${lag.lag_events} behind`).join(', '));
    system.lags().then(say, () => undefined); // the wait itself fails for the same reason
  }, PROGRESS_MS);
  await system.settled().finally(() => clearInterval(progress));
}

const PROGRESS_MS = 10_000;
