import { join } from 'node:path';
import { paymentIdFor } from '../../apps/api/commands/idempotency-key.js';
import { runToResult } from '../system/child.js';
import { runCell } from './cell.js';
import type { Figure, Single } from './singles.js';

const GROWTH_PAYMENTS = [10_000, 100_000, 1_000_000] as const;
const GROWTH_SECONDS = 10;
const SUSTAINED_SECONDS = 60;
const CONNECTIONS = 64;
const EVENTS_A_PAYMENT = 3;
const SEED = join(import.meta.dirname, 'seed.js');

const GROWING = [
  { name: 'create', server: 'api-in-process', kind: 'create' },
  { name: 'get by id', server: 'api-in-process', kind: 'get' },
  { name: 'list', server: 'api-in-process', kind: 'list' },
] as const;

/** Scenarios that run by name only. */
export const LONG: Readonly<Record<string, Single>> = {
  sustained: async ({ system, population }) => {
    const bounds = { connections: CONNECTIONS, seconds: SUSTAINED_SECONDS };
    const floor = { name: 'floor', server: 'floor', kind: 'floor-create' } as const;
    const ours = { name: 'create', server: 'api-in-process', kind: 'create' } as const;
    const least = await runCell(system, floor, { bounds, population });
    const cell = await runCell(system, ours, { bounds, population });
    const figure = (what: string, value: number, unit: string): Figure => ({
      scenario: 'sustained',
      what: `${what} over ${SUSTAINED_SECONDS} s`,
      value,
      unit,
    });
    return [
      figure('complete payments', cell.rate, '/s'),
      figure('ratio to the floor', (100 * cell.rate) / least.rate, '%'),
      figure('p99 of a closed loop', cell.p99, 'ms'),
      figure('memory of the API', system.memory()['api-in-process']?.mib ?? Number.NaN, 'MiB'),
    ];
  },

  growth: async ({ system, population }) => {
    const { databaseUrl } = system;
    const templates = [paymentIdFor('mer_local', `${population.prefix}-0`)];
    const figures: Figure[] = [];
    for (const payments of GROWTH_PAYMENTS) {
      const there = (await system.countEvents()) / EVENTS_A_PAYMENT;
      const events = Math.max(1, Math.round((payments - there) * EVENTS_A_PAYMENT));
      await runToResult(SEED, { databaseUrl, templates, events });
      await system.caughtUp();
      for (const contestant of GROWING) {
        const bounds = { connections: CONNECTIONS, seconds: GROWTH_SECONDS };
        const cell = await runCell(system, contestant, { bounds, population });
        const { 'api-in-process': api = 0, postgres = 0 } = cell.cpuMicros;
        const what = `${contestant.name} among ${payments} payments`;
        figures.push(
          { scenario: 'growth', what, value: cell.rate, unit: '/s' },
          { scenario: 'growth', what, value: api + postgres, unit: 'CPU us, API and Postgres' },
        );
      }
      for (const [name, { mib: value }] of Object.entries(system.memory())) {
        figures.push({ scenario: 'growth', what: `${name} at ${payments}`, value, unit: 'MiB' });
      }
    }
    return figures;
  },
};
