/** An outage meets every call: a line now and then is enough where a metric counts them all. */
const LOG_INTERVAL_MS = 10_000;

/** Tells whether a line is due: the first of its kind, and one more after each interval. Kinds are few. */
export function logThrottle(
  monotonicMs: () => number = () => performance.now(),
): (kind: string) => boolean {
  const loggedMs = new Map<string, number>();
  return (kind) => {
    const nowMs = monotonicMs();
    const lastMs = loggedMs.get(kind);
    if (lastMs !== undefined && nowMs - lastMs < LOG_INTERVAL_MS) return false;
    loggedMs.set(kind, nowMs);
    return true;
  };
}
