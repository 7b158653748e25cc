import { setTimeout as pause } from 'node:timers/promises';

/** How hard a verification may lean on the machine. */
export interface Pace {
  /** Events that are looked at without a rest. */
  readonly pageMax: number;
  /** Events of one reading of the log, for those streams that are followed in it; it bounds memory. */
  readonly partMax: number;
  /** Called behind each page. */
  rest(): Promise<void>;
}

/** Some 300 MB. */
const PART_MAX = 3_000_000;

export const FULL_PACE: Pace = {
  pageMax: 1_000,
  partMax: PART_MAX,
  rest: async () => undefined,
};

/** A page that holds up nobody in this process for long. */
const GENTLE_PAGE_MAX = 250;
/** Some 100 MB: the process has other work. */
const GENTLE_PART_MAX = 1_000_000;
/** Rests so many times as long as it worked. */
const REST_FACTOR = 4;
const REST_MAX_MS = 5_000;

/** Beside payments: a fifth of one core at most. @param signal ends a rest */
export function gentlePace(signal: AbortSignal): Pace {
  let sinceMs = performance.now();
  return {
    pageMax: GENTLE_PAGE_MAX,
    partMax: GENTLE_PART_MAX,
    rest: async () => {
      const workedMs = performance.now() - sinceMs;
      const restMs = Math.min(workedMs * REST_FACTOR, REST_MAX_MS);
      await pause(restMs, undefined, { signal }).catch(() => undefined);
      sinceMs = performance.now();
    },
  };
}
