import { binOf, LATENCY_BINS, percentileMs } from './latency-histogram.js';

export const MINUTE_MS = 60_000;
export const FIVE_MINUTES_MS = 5 * MINUTE_MS;
const SLICE_MS = 10_000;
const SLICES = FIVE_MINUTES_MS / SLICE_MS;

/** One call that left this machine. */
export interface Observation {
  /** The gateway's decision on an authorize or purchase; null: it made none, or it was another call. */
  readonly decision: 'approved' | 'declined' | null;
  /** The transport failed: no clear word came back, or nothing could be sent. */
  readonly failed: boolean;
  readonly latencyMs: number;
}

export interface WindowTotals {
  readonly calls: number;
  readonly failures: number;
  readonly decided: number;
  readonly approved: number;
  readonly latencyP50Ms: number | null;
  readonly latencyP95Ms: number | null;
  readonly latencyP99Ms: number | null;
}

interface Slice {
  index: number;
  calls: number;
  failures: number;
  decided: number;
  approved: number;
  readonly latencies: Uint32Array;
}

/** The last five minutes in slices of ten seconds; memory of one size whatever passes. `nowMs` is monotonic. */
export class SlidingWindow {
  readonly #slices: Slice[] = [];

  add({ decision, failed, latencyMs }: Observation, nowMs: number): void {
    const slice = this.#sliceAt(Math.floor(nowMs / SLICE_MS));
    slice.calls += 1;
    if (failed) slice.failures += 1;
    if (decision !== null) slice.decided += 1;
    if (decision === 'approved') slice.approved += 1;
    const bin = binOf(latencyMs);
    slice.latencies[bin] = (slice.latencies[bin] ?? 0) + 1;
  }

  /** Of the last `windowMs`, to the slice. */
  totals(windowMs: number, nowMs: number): WindowTotals {
    const after = Math.floor(nowMs / SLICE_MS) - windowMs / SLICE_MS;
    const sum = { calls: 0, failures: 0, decided: 0, approved: 0 };
    const latencies = new Uint32Array(LATENCY_BINS);
    for (const slice of this.#slices) {
      if (slice.index <= after) continue;
      sum.calls += slice.calls;
      sum.failures += slice.failures;
      sum.decided += slice.decided;
      sum.approved += slice.approved;
      for (let bin = 0; bin < LATENCY_BINS; bin += 1) {
        latencies[bin] = (latencies[bin] ?? 0) + (slice.latencies[bin] ?? 0);
      }
    }
    return {
      ...sum,
      latencyP50Ms: percentileMs(latencies, 0.5),
      latencyP95Ms: percentileMs(latencies, 0.95),
      latencyP99Ms: percentileMs(latencies, 0.99),
    };
  }

  #sliceAt(index: number): Slice {
    const place = index % SLICES;
    const found = this.#slices[place];
    if (found === undefined) {
      const slice = { index, ...NOTHING, latencies: new Uint32Array(LATENCY_BINS) };
      // Places before it may be empty still: `for of` would meet holes.
      while (this.#slices.length < place) {
        this.#slices.push({ index: -1, ...NOTHING, latencies: new Uint32Array(LATENCY_BINS) });
      }
      this.#slices[place] = slice;
      return slice;
    }
    if (found.index !== index) {
      Object.assign(found, { index, ...NOTHING });
      found.latencies.fill(0);
    }
    return found;
  }
}

const NOTHING = { calls: 0, failures: 0, decided: 0, approved: 0 };
