import { errorCode } from '../../../libs/platform/error-code.js';
import { logThrottle } from '../../../libs/platform/log-throttle.js';
import type { Logger } from '../../../libs/platform/logging.js';
import { Problem } from '../../../libs/platform/problem.js';

/** Logs now and then why calls are answered 503: the store's own words, such as a full disk, stand in the cause. */
export function faultLog(
  logger: Pick<Logger, 'error'>,
  monotonicMs?: () => number,
): (error: unknown, correlationId: string) => void {
  const isLineDue = logThrottle(monotonicMs);
  return (error, correlationId) => {
    const known = error instanceof Problem ? error.options.code : errorCode(error);
    if (!isLineDue(known ?? 'UNKNOWN')) return;
    logger.error({ err: error, correlationId }, 'a call could not be carried out');
  };
}
