import { join } from 'node:path';
import { paymentIdFor } from '../../apps/api/commands/idempotency-key.js';
import type { System } from '../system/system.js';
import type { Population } from './cell.js';
import type { Seed } from './seed.js';

const SEED = join(import.meta.dirname, 'seed.js');
const TEMPLATES = 16;

/** Appends so many events in a process of its own: copies of payments that the API made, under keys of this prefix. */
export async function seedEvents(
  system: System,
  population: Population,
  to: Pick<Seed, 'events' | 'prefix'>,
): Promise<Population> {
  const templates = Array.from({ length: TEMPLATES }, (_, nth) =>
    paymentIdFor('mer_local', `${population.prefix}-${nth}`),
  );
  const task: Seed = { databaseUrl: system.databaseUrl, templates, ...to };
  const { payments } = await system.task<{ readonly payments: number }>(SEED, task);
  return { prefix: to.prefix, count: payments };
}
