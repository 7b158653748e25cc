import { durationMsVariable, ConfigError, intVariable } from '../../platform/config.js';
import { z } from 'zod';
import type { BreakerSettings } from './circuit-breaker.js';

/** What stands between us and one gateway. */
export interface ResilienceSettings {
  readonly breaker: BreakerSettings;
  /** Bounds each call beside the caller's own time-out; null: only that one. */
  readonly timeoutMs: number | null;
  /** Calls to one gateway at once, questions about earlier calls included. */
  readonly bulkheadMax: number;
  /** Our own bound on new calls a second; null: none. */
  readonly ratePerSecond: number | null;
  readonly probeIntervalMs: number;
}

const COMMANDS_IN_FLIGHT_DEFAULT = 1_024;
/** One gateway's share of the commands that may run: two that hang still leave room for a third. */
const BULKHEAD_SHARE = 3;
/** Calls that still wait for a gateway that hangs should not open it before it could answer at all. */
const BREAKER_WINDOW_MS = 30_000;
const RATE_MAX = 1_000_000;

const rate = z
  .string()
  .regex(/^(0?\.\d{1,4}|1(\.0{1,4})?)$/, 'must be a share above 0, to 1, such as 0.5')
  .transform(Number)
  .refine((value) => value > 0, 'must be a share above 0, to 1, such as 0.5');

/** Spread into the variables of every process that calls gateways. */
export const resilienceVariables = {
  /** Commands that run at the same time in an API; above it 503. Here too, since a bulkhead is a share of it. */
  COMMANDS_IN_FLIGHT_MAX: intVariable({ min: 1, max: 100_000 }).default(COMMANDS_IN_FLIGHT_DEFAULT),
  /** Unset: a third of COMMANDS_IN_FLIGHT_MAX, which is also the most. */
  GATEWAY_BULKHEAD_MAX: intVariable({ min: 1, max: 100_000 }).optional(),
  /** New calls a second to each gateway; unset: no bound of ours. */
  GATEWAY_RATE_PER_SECOND: intVariable({ min: 1, max: RATE_MAX }).optional(),
  BREAKER_OPEN_MS: durationMsVariable().default(5_000),
  /** So many failures in a row open without regard to the rate; few would open at a rate that is still bearable. */
  BREAKER_CONSECUTIVE_FAILURES: intVariable({ min: 1, max: 100_000 }).default(20),
  BREAKER_FAILURE_RATE: rate.default(0.5),
  BREAKER_SAMPLES_MIN: intVariable({ min: 1, max: 100_000 }).default(20),
  BREAKER_HALF_OPEN_MAX: intVariable({ min: 1, max: 1_000 }).default(2),
  BREAKER_CLOSE_SUCCESSES: intVariable({ min: 1, max: 1_000 }).default(3),
  GATEWAY_PROBE_INTERVAL_MS: durationMsVariable({ min: 10 }).default(3_000),
};

const schema = z.object(resilienceVariables);
export type ResilienceConfig = z.output<typeof schema>;

/** @throws ConfigError where a bulkhead would take more than its share */
export function resilienceSettings(config: ResilienceConfig): ResilienceSettings {
  const shareMax = Math.max(1, Math.floor(config.COMMANDS_IN_FLIGHT_MAX / BULKHEAD_SHARE));
  const bulkheadMax = config.GATEWAY_BULKHEAD_MAX ?? shareMax;
  if (bulkheadMax > shareMax) {
    throw new ConfigError([
      `GATEWAY_BULKHEAD_MAX must be at most a third of COMMANDS_IN_FLIGHT_MAX, ${shareMax}.`,
    ]);
  }
  return {
    breaker: {
      openMs: config.BREAKER_OPEN_MS,
      failureRate: config.BREAKER_FAILURE_RATE,
      samplesMin: config.BREAKER_SAMPLES_MIN,
      consecutiveFailuresMax: config.BREAKER_CONSECUTIVE_FAILURES,
      windowMs: BREAKER_WINDOW_MS,
      halfOpenMax: config.BREAKER_HALF_OPEN_MAX,
      closeSuccesses: config.BREAKER_CLOSE_SUCCESSES,
    },
    timeoutMs: null,
    bulkheadMax,
    ratePerSecond: config.GATEWAY_RATE_PER_SECOND ?? null,
    probeIntervalMs: config.GATEWAY_PROBE_INTERVAL_MS,
  };
}

/** What an empty environment gives. */
export const DEFAULT_RESILIENCE_SETTINGS: ResilienceSettings = resilienceSettings(schema.parse({}));
