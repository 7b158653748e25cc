import type pg from 'pg';
import { LOG_START } from '../event-store.js';
import { formatPosition } from '../position.js';
import { COUNT_STEP, LogReader } from './log-reader.js';

interface Asked {
  readonly name: string;
  readonly values: readonly [transaction: string, place: number, limit?: number];
}

/** A log of so many events, one in each transaction, that refuses to go over more than a step of them in one query. */
function poolOf(events: number): pg.Pool {
  const query = async ({ name, values: [transaction, , limit = COUNT_STEP] }: Asked) => {
    if (limit > COUNT_STEP) throw new Error('canceling statement due to statement timeout');
    const left = events - Number(transaction);
    if (name === 'event-store-count') return { rows: [[Math.min(left, limit)]] };
    return { rows: left < COUNT_STEP ? [] : [[String(Number(transaction) + COUNT_STEP), 1]] };
  };
  return { query } as unknown as pg.Pool; // reason: nothing else is asked of it
}

describe('a count of the log', () => {
  it.each([
    [0, 100, 0],
    [7, 5, 5],
    [2 * COUNT_STEP, 100_000_000, 2 * COUNT_STEP],
    [2 * COUNT_STEP + 5, 100_000_000, 2 * COUNT_STEP + 5],
    [3 * COUNT_STEP, 2 * COUNT_STEP, 2 * COUNT_STEP],
    [3 * COUNT_STEP, 2 * COUNT_STEP + 1, 2 * COUNT_STEP + 1],
  ])(
    'of %i events up to %i is %i, by queries that each end in time',
    async (events, max, count) => {
      const reader = new LogReader(poolOf(events));

      expect(await reader.countAfter(LOG_START, max)).toBe(count);
    },
  );

  it('begins behind a position', async () => {
    const after = formatPosition(BigInt(COUNT_STEP), 1n);

    expect(await new LogReader(poolOf(2 * COUNT_STEP)).countAfter(after, 100_000_000)).toBe(
      COUNT_STEP,
    );
  });
});
