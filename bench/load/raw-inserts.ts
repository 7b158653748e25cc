import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { FLOOR_TABLE } from '../floor/group-writer.js';
import { bodyOf } from './bodies.js';
import type { ClosedLoad, ClosedResult } from './closed-loop.js';
import { percentilesOf } from './percentiles.js';

/** What Postgres itself takes: each connection inserts a row, waits for its commit, and inserts the next, as pgbench does. */
const CONNECTIONS_MAX = 32;

const INSERT = `insert into floor_events (stream, revision, type, data) values ($1, 0, 'Raw', $2)`;

async function runRawInserts(load: ClosedLoad): Promise<ClosedResult> {
  const connectionString = load.target.url;
  const count = Math.min(load.connections, CONNECTIONS_MAX);
  const clients = Array.from({ length: count }, () => {
    return new pg.Client({ connectionString, application_name: 'raw inserts' });
  });
  await Promise.all(clients.map((client) => client.connect()));
  await clients[0]?.query(FLOOR_TABLE);
  const latencies: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + (load.seconds ?? 1) * 1000;
  const insertOn = async (client: pg.Client) => {
    for (let nth = 0; performance.now() < endsAt; nth += 1) {
      const sentAt = performance.now();
      const values = [`raw-${randomUUID()}`, bodyOf('raw', nth)];
      await client.query({ name: 'raw', text: INSERT, values });
      latencies.push(performance.now() - sentAt);
    }
  };
  await Promise.all(clients.map(insertOn));
  const seconds = (performance.now() - startedAt) / 1000;
  await Promise.all(clients.map((client) => client.end()));
  const at = percentilesOf(latencies);
  return { done: latencies.length, seconds, p50: at(0.5), p99: at(0.99) };
}

const [, , input] = process.argv;
if (input !== undefined) {
  process.send?.(await runRawInserts(JSON.parse(input) as ClosedLoad)); // reason: our own parent writes it
  process.disconnect();
}
