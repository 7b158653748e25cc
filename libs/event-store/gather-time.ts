/** A page with so many events is behind a log that grows fast. */
const FAST_EVENTS = 100;

/** Milliseconds. */
export interface GatherTimes {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * For how long events gather behind a page while the log grows, by the events in it: all that come under load share the
 * cost of few pages, and somebody who waits to read his own write on a quiet day does not wait for them.
 */
export function gatherTimeMs(events: number, { minMs, maxMs }: GatherTimes): number {
  return Math.min(maxMs, Math.max(minMs, (maxMs * events) / FAST_EVENTS));
}
