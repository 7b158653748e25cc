import type pg from 'pg';
import { openPool } from '../../libs/platform/postgres.js';
import type { Queryable } from '../../libs/platform/queryable.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { PROJECTIONS } from '../registry.js';
import { writeTimes } from './audit-times.js';
import { listAudit } from './query.js';

const EVENTS = 20_000;
const PAGE = { limit: 20, cursor: null };
/** Of ten minutes: an event a second. */
const PERIOD_EVENTS = 600;
const YEARS_S = 10 * 365 * 86_400;

const at = (second: number) => new Date(Date.UTC(2026, 2, 1) + second * 1_000).toISOString();
const position = (nth: number) => (nth + 1).toString(16).padStart(32, '0');

const FILL = `insert into audit_trail (position, event_id, stream, revision, hash, type, actor, at,
    correlation_id, causation_id)
  select lpad(to_hex(nth + 1), 32, '0')::uuid, gen_random_uuid(), 'payment-pay_1', nth, 'hash', 'Any', 'system:any',
    timestamptz '2026-03-01T00:00:00Z' + make_interval(secs => $1::float8 + nth), 'one', 'one'
  from generate_series($2::integer, $3::integer) as nth`;

/** Of a plan as `explain` tells it. */
interface PlanNode {
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

describe('a range of instants in the audit', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let asked: { readonly text: string; readonly values: unknown[] };
  const watched = {
    query: (text: string, values: unknown[]) => {
      asked = { text, values };
      return pool.query(text, values);
    },
  } as Queryable; // reason: lists of the audit have no name

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
    const audit = PROJECTIONS.find(({ name }) => name === 'audit-trail');
    await pool.query(audit?.schema.replaceAll('_vN', '_v1') ?? '');
    for (const table of audit?.tables ?? []) {
      await pool.query(`create view ${table} as select * from ${table}_v1`);
    }
    const events = Array.from({ length: EVENTS }, (_, nth) => nth);
    await fill(events, 0);
    await pool.query('analyze audit_trail_v1');
  });

  afterAll(async () => {
    await pool.end();
    await database.dispose();
  });

  it.each([
    ['long ago', { from: at(0), to: at(PERIOD_EVENTS) }, 20],
    ['in the middle', { from: at(10_000), to: at(10_005) }, 5],
    ['with an end alone', { to: at(10) }, 10],
    ['to come', { from: '2027-01-01T00:00:00.000Z' }, 0],
    ['before all', { to: '2020-01-01T00:00:00.000Z' }, 0],
    ['that is empty', { from: at(10_000), to: at(10_000) }, 0],
  ])('%s is found without reading the rest', async (_, range, rows) => {
    const { data } = await listAudit(watched, { tenant: null, ...range }, PAGE);

    expect(data).toHaveLength(rows);
    expect(await removed()).toBeLessThanOrEqual(2 * PERIOD_EVENTS);
  });

  it('misses no event whose clock was another', async () => {
    const late = EVENTS + 1;
    await fill([late], 50 - late);
    const { data } = await listAudit(watched, { tenant: null, from: at(49), to: at(51) }, PAGE);

    expect(data.map(({ at: instant }) => instant)).toEqual([at(50), at(50), at(49)]);
    // What it stands behind ends in a later period than its own.
    const wide = { from: at(49), to: at(2 * PERIOD_EVENTS) };
    const [newest] = (await listAudit(watched, { tenant: null, ...wide }, PAGE)).data;
    expect(newest?.at).toBe(at(50));
  });

  it('is found beside events whose clocks were years away, one that stands first and one that stands last', async () => {
    const last = EVENTS + 2;
    await fill([last], -YEARS_S - last);
    await fill([-1], YEARS_S);
    const range = { from: at(10_000), to: at(10_005) };
    const { data } = await listAudit(watched, { tenant: null, ...range }, PAGE);

    expect(data).toHaveLength(5);
    expect(await removed()).toBeLessThanOrEqual(2 * PERIOD_EVENTS);
    const open = await listAudit(watched, { tenant: null, from: at(EVENTS - 2) }, PAGE);
    expect(open.data.map(({ at: instant }) => instant)).toEqual([
      at(EVENTS - 1),
      at(EVENTS - 2),
      at(YEARS_S - 1),
    ]);
  });

  /** Events that stand at their numbers, `shiftS` seconds from where their numbers say. */
  async function fill(numbers: readonly number[], shiftS: number): Promise<void> {
    await pool.query(FILL, [shiftS, numbers.at(0), numbers.at(-1)]);
    const events = numbers.map((nth) => ({ position: position(nth), at: at(nth + shiftS) }));
    const { text, values } = writeTimes(events, 1);
    await pool.query(text, [...values]);
  }

  /** Rows that the query asked last read for nothing. */
  async function removed(): Promise<number> {
    const { rows } = await pool.query<{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }>(
      `explain (analyze, format json) ${asked.text}`,
      asked.values,
    );
    return Math.max(...rows.map((row) => filteredOut(row['QUERY PLAN'][0].Plan)));
  }
});

function filteredOut(node: PlanNode): number {
  const below = (node.Plans ?? []).map(filteredOut).reduce((sum, rows) => sum + rows, 0);
  return (node['Rows Removed by Filter'] ?? 0) + below;
}
