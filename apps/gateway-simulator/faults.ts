import { z } from 'zod';

const DELAY_MAX_MS = 86_400_000;
const AHEAD_MAX_MS = 366 * 86_400_000;
const AUTHORIZATION_TTL_DEFAULT_MS = 7 * 86_400_000;

const rate = z
  .number('must be a number from 0 to 1')
  .min(0, 'must be a number from 0 to 1')
  .max(1, 'must be a number from 0 to 1')
  .default(0);

/** How a gateway misbehaves. Rates are probabilities per call and hit every call, asking too. */
export const faultsSchema = z.strictObject({
  /** Waited before a call is looked at. */
  latency_ms: durationMs(0, DELAY_MAX_MS).default(0),
  /** 500, nothing performed. */
  error_rate: rate,
  /** 500 once performed. */
  error_after_effect_rate: rate,
  /** The connection is cut once performed. */
  drop_after_effect_rate: rate,
  /** Never answered, nothing performed; the connection stays open until the client leaves. */
  hang_rate: rate,
  /** 0: captures and purchases answer settled. */
  settlement_delay_ms: durationMs(0, AHEAD_MAX_MS).default(0),
  authorization_ttl_ms: durationMs(1, AHEAD_MAX_MS).default(AUTHORIZATION_TTL_DEFAULT_MS),
  /** Above 0 refunds answer pending and succeed then; where both are above 0 the sooner one counts. */
  refund_settles_after_ms: durationMs(0, AHEAD_MAX_MS).default(0),
  /** Above 0 refunds answer pending and fail then. */
  refund_fails_after_ms: durationMs(0, AHEAD_MAX_MS).default(0),
  /** Sent twice, with the same id. */
  webhook_duplicate_rate: rate,
  webhook_delay_ms: durationMs(0, DELAY_MAX_MS).default(0),
  /** Held back, so that later ones overtake it. */
  webhook_reorder_rate: rate,
  /** Per try; what is refused for it is sent again. */
  webhook_wrong_signature_rate: rate,
});

export type Faults = z.output<typeof faultsSchema>;

export const NO_FAULTS: Faults = faultsSchema.parse({});

function durationMs(min: number, max: number) {
  const expected = `must be a whole number of milliseconds from ${min} to ${max}`;
  return z.number(expected).int(expected).min(min, expected).max(max, expected);
}
