import type { VelocityDimension } from './velocity-keys.js';

/** How many attempts had this key within the window, and what sum they had in one currency. */
export interface VelocityQuestion {
  readonly dimension: VelocityDimension;
  readonly key: string;
  /** Seconds, a multiple of 60: attempts are counted by the minute. */
  readonly windowS: number;
  readonly currency: string;
}

export interface VelocityCount {
  readonly attempts: number;
  /** Minor units. */
  readonly sum: bigint;
}

/** Attempts as counted from the event stream; the very latest may be missing. */
export abstract class VelocityCounter {
  /**
   * One count a question, in their order, for windows that end with the minute of `at`.
   * @throws any error where the counts can't be had now
   */
  abstract count(
    questions: readonly VelocityQuestion[],
    at: string,
  ): Promise<readonly VelocityCount[]>;
}

/** The longest window that a rule may have, seconds: 30 days. */
export const VELOCITY_WINDOW_MAX_S = 30 * 86_400;
/** For how long counts are kept: a day more, as clocks differ and attempts may come late. */
export const VELOCITY_KEPT_S = VELOCITY_WINDOW_MAX_S + 86_400;

export const NO_ATTEMPTS: VelocityCount = { attempts: 0, sum: 0n };

const MINUTE_MS = 60_000;

/** ISO instant at which the minute of this instant begins. */
export function minuteOf(at: string): string {
  return new Date(Math.floor(Date.parse(at) / MINUTE_MS) * MINUTE_MS).toISOString();
}

/** First minute of a window: rounded out, so that a window never holds less than it says. */
export function windowStart(at: string, windowS: number): string {
  return minuteOf(new Date(Date.parse(at) - windowS * 1000).toISOString());
}
