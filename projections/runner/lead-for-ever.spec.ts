import { afterEach, describe, expect, it } from '@jest/globals';
import type { Queryable } from '../../libs/platform/queryable.js';
import { leadForEver } from './lead-for-ever.js';

/** A database that gives the lease to whoever asks. */
const pool = {
  query: () => Promise.resolve({ rows: [{ token: '1', set_back_s: 0 }] }),
} as unknown as Queryable;

describe('leading for ever', () => {
  let ending = new AbortController();
  afterEach(() => {
    ending.abort();
    ending = new AbortController();
  });

  function leads(settledMs: number, work: (nth: number, isWell: Promise<void>) => Promise<void>) {
    const pauses: number[] = [];
    let tellWell = (): void => undefined;
    const isWell = new Promise<void>((resolve) => (tellWell = resolve));
    let nth = 0;
    const leadership = {
      pool,
      lease: { name: 'work', holder: 'spec' },
      signal: ending.signal,
      backOff: { minMs: 1, maxMs: 4 },
      settledMs,
      onWell: () => tellWell(),
      onStumble: (_error: unknown, backOffMs: number) => void pauses.push(backOffMs),
    };
    const led = leadForEver(leadership, () => work((nth += 1), isWell));
    return { pauses, led };
  }

  const stumblesUntil = (last: number) => (nth: number) => {
    if (nth > last) ending.abort();
    throw new Error('stumbled');
  };

  it('begins anew after pauses that grow up to a bound', async () => {
    const { pauses, led } = leads(10_000, async (nth) => stumblesUntil(4)(nth));
    await led;
    expect(pauses).toEqual([1, 2, 4, 4]);
  });

  it('pauses shortly again after it had settled', async () => {
    const { pauses, led } = leads(20, async (nth, isWell) => {
      if (nth === 3) await isWell;
      stumblesUntil(4)(nth);
    });
    await led;
    expect(pauses).toEqual([1, 2, 1, 2]);
  });

  it('begins anew at once where the work ends by itself', async () => {
    const { pauses, led } = leads(10_000, async (nth) => {
      if (nth === 3) ending.abort();
    });
    await led;
    expect(pauses).toEqual([]);
  });
});
