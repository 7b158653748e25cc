import * as fc from 'fast-check';
import { DecorrelatedJitter } from './decorrelated-jitter.js';
import { TokenBucket } from './token-bucket.js';

describe('a token bucket', () => {
  it('lets a second of calls through at once, then says when the next may come', () => {
    const bucket = new TokenBucket(2, 0);
    for (const nowMs of [0, 0]) {
      expect(bucket.emptyForMs(nowMs)).toBe(0);
      bucket.take(nowMs);
    }
    expect(bucket.emptyForMs(0)).toBe(500);
    expect(bucket.emptyForMs(400)).toBe(100);
    expect(bucket.emptyForMs(500)).toBe(0);
  });

  it('saves up one second of calls and no more, and keeps those that are announced', () => {
    const bucket = new TokenBucket(2, 0);
    expect(bucket.emptyForMs(60_000, 1)).toBe(0);
    expect(bucket.emptyForMs(60_000, 2)).toBe(500);
  });

  it('never lets more through than its rate and one second at once', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 200 }),
      (perSecond, pauses) => {
        const bucket = new TokenBucket(perSecond, 0);
        let nowMs = 0;
        let taken = 0;
        for (const pauseMs of pauses) {
          nowMs += pauseMs;
          if (bucket.emptyForMs(nowMs) > 0) continue;
          bucket.take(nowMs);
          taken += 1;
        }
        expect(taken).toBeLessThanOrEqual(perSecond + (nowMs * perSecond) / 1000 + 1e-6);
      },
    );
    fc.assert(property);
  });
});

describe('decorrelated jitter', () => {
  it('keeps to its bounds, grows, differs, and begins anew', () => {
    const jitter = new DecorrelatedJitter({ firstMs: 100, maxMs: 1_000 });
    const pauses = Array.from({ length: 2_000 }, () => jitter.nextMs());
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...pauses)).toBe(1_000);
    expect(pauses.at(-1)).toBe(1_000);
    const firsts = Array.from({ length: 50 }, () => {
      jitter.reset();
      return jitter.nextMs();
    });
    expect(Math.max(...firsts)).toBeLessThan(500);
    expect(new Set(firsts).size).toBeGreaterThan(5);
  });
});
