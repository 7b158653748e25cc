import { percentilesOf } from './percentiles.js';

describe('a percentile', () => {
  it('is the least value that so many of all do not exceed', () => {
    const at = percentilesOf(Array.from({ length: 150 }, (_, index) => 150 - index));
    expect([at(0), at(0.5), at(0.99), at(1)]).toEqual([1, 75, 149, 150]);
  });

  it('of two is the slower one, and of nothing no number', () => {
    expect(percentilesOf([7, 3])(0.99)).toBe(7);
    expect(percentilesOf([])(0.99)).toBeNaN();
  });
});
