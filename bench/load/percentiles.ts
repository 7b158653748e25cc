/** Nearest rank of measured values; `at(1)` is the largest. NaN where nothing was measured. */
export function percentilesOf(values: readonly number[]): (share: number) => number {
  const sorted = values.toSorted((a, b) => a - b);
  return (share) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}
