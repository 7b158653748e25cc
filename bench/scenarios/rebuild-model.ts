import { randomUUID } from 'node:crypto';
import { openEventStore } from '../../libs/event-store/open-event-store.js';
import { openPool } from '../../libs/platform/postgres.js';
import { PROJECTIONS } from '../../projections/registry.js';
import { rebuildProjection } from '../../projections/runner/rebuild.js';

/** What a process of this file is told: builds one read model anew beside the live one. */
export interface RebuildTask {
  readonly databaseUrl: string;
  readonly name: string;
}

export interface Rebuilt {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly outcome: string;
}

const MICROS = 1_000_000;

async function rebuild({ databaseUrl, name }: RebuildTask): Promise<Rebuilt> {
  const projection = PROJECTIONS.find((one) => one.name === name);
  if (projection === undefined) throw new Error(`there is no read model ${name}`);
  const store = await openEventStore({ databaseUrl, migrate: 'check' });
  const pool = openPool({ databaseUrl, applicationName: 'bench rebuild' });
  const startedAt = performance.now();
  const before = process.cpuUsage();
  const { outcome } = await rebuildProjection({
    pool,
    store,
    projection,
    holder: `bench-${randomUUID()}`,
    signal: new AbortController().signal,
    acceptDifferences: false,
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(before);
  await pool.end();
  await store.close();
  return { seconds, cpuSeconds: (user + system) / MICROS, outcome };
}

const [, , input] = process.argv;
if (input !== undefined) {
  process.send?.(await rebuild(JSON.parse(input) as RebuildTask)); // reason: our own parent writes it
  process.disconnect();
}
