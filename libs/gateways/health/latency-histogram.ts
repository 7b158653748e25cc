/** Four bins a doubling from 1 ms to 65 s: a percentile is off by a fifth at most, in a few hundred bytes. */
const BINS_A_DOUBLING = 4;
const DOUBLINGS = 16;

export const LATENCY_BINS = BINS_A_DOUBLING * DOUBLINGS;

export function binOf(latencyMs: number): number {
  if (latencyMs <= 1) return 0;
  return Math.min(LATENCY_BINS - 1, Math.floor(Math.log2(latencyMs) * BINS_A_DOUBLING));
}

/** `share` 0.5: the median. In ms, the middle of its bin; null: nothing was counted. */
export function percentileMs(counts: ArrayLike<number>, share: number): number | null {
  let total = 0;
  for (let bin = 0; bin < LATENCY_BINS; bin += 1) total += counts[bin] ?? 0;
  if (total === 0) return null;
  const wanted = Math.max(1, Math.ceil(total * share));
  let seen = 0;
  for (let bin = 0; bin < LATENCY_BINS; bin += 1) {
    seen += counts[bin] ?? 0;
    if (seen >= wanted) return Math.round(2 ** ((bin + 0.5) / BINS_A_DOUBLING) * 10) / 10;
  }
  return null;
}
