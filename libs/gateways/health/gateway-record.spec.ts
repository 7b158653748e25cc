import * as fc from 'fast-check';
import type { BreakerView } from '../gateway-vitals.js';
import { GatewayRecord, KEYS_MAX, KEY_DECISIONS_MIN } from './gateway-record.js';
import { binOf, LATENCY_BINS, percentileMs } from './latency-histogram.js';
import { FIVE_MINUTES_MS, MINUTE_MS, SlidingWindow, type Observation } from './sliding-window.js';

const CLOSED: BreakerView = { state: 'CLOSED', since: null, reason: null };
const EUR = { currency: 'EUR', method: 'card' };
const JPY = { currency: 'JPY', method: 'card' };
const APPROVED: Observation = { decision: 'approved', failed: false, latencyMs: 40 };
const DECLINED: Observation = { decision: 'declined', failed: false, latencyMs: 40 };
const FAILED: Observation = { decision: null, failed: true, latencyMs: 10_000 };

function record(...groups: readonly (readonly [number, Observation, typeof EUR, number?])[]) {
  const of = new GatewayRecord();
  for (const [count, observation, charge, atMs = 0] of groups) {
    for (let call = 0; call < count; call += 1) of.add(observation, charge, atMs);
  }
  return of;
}

describe('a sliding window', () => {
  it('forgets what is older than it asks for, and reuses its memory', () => {
    const window = new SlidingWindow();
    window.add(FAILED, 0);
    window.add(APPROVED, 61_000);
    expect(window.totals(MINUTE_MS, 61_000)).toMatchObject({ calls: 1, failures: 0 });
    expect(window.totals(FIVE_MINUTES_MS, 61_000)).toMatchObject({ calls: 2, failures: 1 });
    window.add(DECLINED, FIVE_MINUTES_MS + 5_000); // the slice of the first call
    const totals = window.totals(FIVE_MINUTES_MS, FIVE_MINUTES_MS + 5_000);
    expect(totals).toMatchObject({ calls: 2, failures: 0, decided: 2, approved: 1 });
    expect(totals.latencyP99Ms).toBeLessThan(50);
    expect(window.totals(FIVE_MINUTES_MS, 10 * FIVE_MINUTES_MS).calls).toBe(0);
  });

  it('has percentiles within a fifth of the exact ones', () => {
    const latencies = fc.array(fc.integer({ min: 1, max: 60_000 }), {
      minLength: 1,
      maxLength: 80,
    });
    fc.assert(
      fc.property(latencies, fc.constantFrom(0.5, 0.95, 0.99), (all, share) => {
        const counts = new Uint32Array(LATENCY_BINS);
        for (const ms of all) counts[binOf(ms)] = (counts[binOf(ms)] ?? 0) + 1;
        const sorted = all.toSorted((one, other) => one - other);
        const exact = sorted[Math.ceil(all.length * share) - 1] ?? 0;
        const told = percentileMs(counts, share) ?? 0;
        expect(Math.abs(told - exact)).toBeLessThanOrEqual(exact * 0.2);
      }),
    );
    expect(percentileMs(new Uint32Array(LATENCY_BINS), 0.5)).toBeNull();
    expect(binOf(1e9)).toBe(LATENCY_BINS - 1);
    expect(binOf(0)).toBe(0);
  });
});

describe('the record of a gateway', () => {
  it('tells approvals from availability', () => {
    const health = record([6, APPROVED, EUR], [2, DECLINED, EUR], [2, FAILED, EUR]).health(
      CLOSED,
      0,
    );
    expect(health).toMatchObject({ samples: 10, successRate: 0.75, errorRate: 0.2 });
    expect(health.latencyP50Ms).toBeCloseTo(40, -1);
    expect(health.latencyP99Ms).toBeGreaterThan(8_000);
    expect(health.reason).toBe('2 of 10 calls in the last five minutes failed');
  });

  it('keeps currencies and methods apart, once there is enough of one', () => {
    const few = KEY_DECISIONS_MIN - 1;
    const of = record([100, APPROVED, EUR], [few, DECLINED, JPY]);
    expect(of.totalsOf('JPY', 'card', 0).decided).toBe(100 + few);
    of.add(DECLINED, JPY, 0);
    const soon = 1_000; // totals are kept for a moment
    expect(of.totalsOf('JPY', 'card', soon)).toMatchObject({ decided: few + 1, approved: 0 });
    expect(of.totalsOf('EUR', 'card', soon)).toMatchObject({ decided: 100, approved: 100 });
    expect(of.health(CLOSED, soon).by.map(({ currency }) => currency)).toEqual(['EUR', 'JPY']);
  });

  it('scores from 0 to 1: few calls say little, the last minute most, an open breaker all', () => {
    expect(record().score('CLOSED', 0)).toBe(1);
    expect(record([1, FAILED, EUR]).score('CLOSED', 0)).toBeGreaterThan(0.8);
    expect(record([100, FAILED, EUR]).score('CLOSED', 0)).toBeLessThan(0.1);
    const recovered = record([100, FAILED, EUR, 0], [50, APPROVED, EUR, 120_000]);
    expect(recovered.score('CLOSED', 120_000)).toBeGreaterThan(0.75);
    const failing = record([100, APPROVED, EUR, 0], [50, FAILED, EUR, 120_000]);
    expect(failing.score('CLOSED', 120_000)).toBeLessThan(0.35);
    expect(record([9, APPROVED, EUR]).score('HALF_OPEN', 0)).toBe(0.5);
    expect(record([9, APPROVED, EUR]).score('OPEN', 0)).toBe(0);
  });

  it('is bounded: currencies and methods beyond count for the whole only', () => {
    const of = record();
    for (let key = 0; key < KEYS_MAX + 10; key += 1) {
      of.add(APPROVED, { currency: 'EUR', method: `m${key}` }, 0);
    }
    expect(of.health(CLOSED, 0).by).toHaveLength(KEYS_MAX);
    expect(of.health(CLOSED, 0).samples).toBe(KEYS_MAX + 10);
  });
});
