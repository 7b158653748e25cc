import { versionTable, type Statement } from '../runner/projection.js';
import { columnArrays, selectColumns } from '../runner/columns.js';

/**
 * Between which positions the events of some minutes stand. Rows are in the order of the log, which instants follow only
 * nearly: clocks differ, and what was decided first may be stored last. A range of instants is found by this.
 */
export const AUDIT_TIMES = 'audit_times';

/** `2026-03-01T10:2`: ten minutes of ISO instants in UTC, whose order is that of their texts. */
const PERIOD_CHARS = 15;

/** The period in which the instant is. */
export function periodOf(instant: string): string {
  return instant.slice(0, PERIOD_CHARS);
}

const COLUMNS = [
  ['period', 'text'],
  ['first_position', 'uuid'],
  ['last_position', 'uuid'],
] as const;

interface Placed {
  readonly position: string;
  /** ISO instant in UTC. */
  readonly at: string;
}

/** Takes in events that follow on each other in the log. Again, it changes nothing. */
export function writeTimes(events: readonly Placed[], version: number): Statement {
  const periods = new Map<string, readonly [period: string, first: string, last: string]>();
  for (const { at, position } of events) {
    const period = periodOf(at);
    periods.set(period, [period, periods.get(period)?.[1] ?? position, position]);
  }
  const table = versionTable(AUDIT_TIMES, version);
  const text = `
    insert into ${table} as stored (${COLUMNS.map(([name]) => name).join(', ')})
    ${selectColumns(COLUMNS)}
    on conflict (period) do update
       set first_position = least(stored.first_position, excluded.first_position),
           last_position = greatest(stored.last_position, excluded.last_position)
     where excluded.first_position < stored.first_position
        or excluded.last_position > stored.last_position`;
  return { name: `write-${table}`, text, values: columnArrays([...periods.values()], COLUMNS) };
}
