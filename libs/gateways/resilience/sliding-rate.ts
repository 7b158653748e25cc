/** Calls and failures of the last while, in slices of time; a value. Oldest first, at most `SLICES_MAX`. */
export type SlidingRate = readonly Slice[];

interface Slice {
  readonly index: number;
  readonly calls: number;
  readonly failures: number;
}

const SLICES_MAX = 10;

export function emptyRate(): SlidingRate {
  return [];
}

export function countInto(
  rate: SlidingRate,
  call: { readonly failed: boolean; readonly nowMs: number; readonly windowMs: number },
): SlidingRate {
  const index = indexOf(call);
  const last = rate.at(-1);
  const failures = call.failed ? 1 : 0;
  if (last !== undefined && last.index === index) {
    const counted = { index, calls: last.calls + 1, failures: last.failures + failures };
    return [...rate.slice(0, -1), counted];
  }
  return [...within(rate, index), { index, calls: 1, failures }];
}

export function rateOf(
  rate: SlidingRate,
  at: { readonly nowMs: number; readonly windowMs: number },
): { readonly calls: number; readonly failures: number } {
  let calls = 0;
  let failures = 0;
  for (const slice of within(rate, indexOf(at))) {
    calls += slice.calls;
    failures += slice.failures;
  }
  return { calls, failures };
}

function within(rate: SlidingRate, index: number): SlidingRate {
  return rate.filter((slice) => slice.index > index - SLICES_MAX);
}

function indexOf({
  nowMs,
  windowMs,
}: {
  readonly nowMs: number;
  readonly windowMs: number;
}): number {
  return Math.floor(nowMs / (windowMs / SLICES_MAX));
}
