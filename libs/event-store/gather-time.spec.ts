import { gatherTimeMs } from './gather-time.js';

describe('for how long events gather behind a page', () => {
  const times = { minMs: 50, maxMs: 400 };

  it('is short behind a page of few: whoever reads his own write on a quiet day waits for nobody', () => {
    expect([1, 3, 12].map((events) => gatherTimeMs(events, times))).toEqual([50, 50, 50]);
  });

  it('grows with what came, up to a bound', () => {
    expect([25, 50, 100, 1_000].map((events) => gatherTimeMs(events, times))).toEqual([
      100, 200, 400, 400,
    ]);
  });
});
