/** Bounds of one payment, over all its retries. */
export const ATTEMPTS_MAX = 10;
export const CAPTURES_MAX = 50;
export const INCREMENTS_MAX = 10;
export const REFUNDS_MAX = 100;
/** Declined voids and refunds of our own before an operator must look. */
export const OWN_STEP_TRIES_MAX = 10;

const OWN_STEP_FIRST_PAUSE_MS = 60_000;
const OWN_STEP_PAUSE_MAX_MS = 3_600_000;

/** Pause before a void or refund of our own is tried again after `declines` declines: 1 min, doubling to 1 h. */
export function ownStepPauseMs(declines: number): number {
  return Math.min(OWN_STEP_FIRST_PAUSE_MS * 2 ** Math.max(0, declines - 1), OWN_STEP_PAUSE_MAX_MS);
}
