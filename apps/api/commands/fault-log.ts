import type { Logger } from '../../../libs/platform/logging.js';
import { errorCode } from '../../../libs/platform/error-code.js';
import { Problem } from '../../../libs/platform/problem.js';

/** An outage meets every call: a line now and then is enough, the metrics have each answer. */
const FAULT_LOG_INTERVAL_MS = 10_000;

/** Logs why a call was answered 503: the store's own words, such as a full disk, stand in its cause. */
export function faultLog(
  logger: Pick<Logger, 'error'>,
  monotonicMs: () => number = () => performance.now(),
): (error: unknown, correlationId: string) => void {
  const loggedMs = new Map<string, number>();
  return (error, correlationId) => {
    const known = error instanceof Problem ? error.options.code : errorCode(error);
    const code = known ?? 'UNKNOWN';
    const nowMs = monotonicMs();
    const lastMs = loggedMs.get(code);
    if (lastMs !== undefined && nowMs - lastMs < FAULT_LOG_INTERVAL_MS) return;
    loggedMs.set(code, nowMs);
    logger.error({ err: error, correlationId }, 'a call could not be carried out');
  };
}
