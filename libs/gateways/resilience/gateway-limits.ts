import { z } from 'zod';
import { ConfigError } from '../../platform/config.js';
import type { ResilienceSettings } from './resilience-settings.js';

const wholeAbove0 = z
  .number('must be a whole number above 0')
  .int('must be a whole number above 0')
  .min(1, 'must be a whole number above 0')
  .optional();

/** What a gateway's entry in GATEWAYS may say of its own bounds, where they are tighter than those of all. */
export const gatewayLimits = {
  /** Longest single call; at most GATEWAY_TIMEOUT_MS. */
  timeoutMs: wholeAbove0,
  /** Calls at once; at most GATEWAY_BULKHEAD_MAX. */
  bulkheadMax: wholeAbove0,
  /** New calls a second; at most GATEWAY_RATE_PER_SECOND. */
  ratePerSecond: wholeAbove0,
};

const schema = z.object(gatewayLimits);
export type GatewayLimits = z.output<typeof schema>;

/** The settings of one gateway. @throws ConfigError where its entry is wider than the bound of all */
export function settingsOf(
  gateway: GatewayLimits & { readonly name: string },
  all: ResilienceSettings,
): ResilienceSettings {
  const timeoutMs = tighter(gateway.timeoutMs, all.timeoutMs);
  const bulkheadMax = tighter(gateway.bulkheadMax, all.bulkheadMax);
  const ratePerSecond = tighter(gateway.ratePerSecond, all.ratePerSecond);
  if (timeoutMs === 'wider' || bulkheadMax === 'wider' || ratePerSecond === 'wider') {
    const bounds = 'GATEWAY_TIMEOUT_MS, GATEWAY_BULKHEAD_MAX and GATEWAY_RATE_PER_SECOND';
    throw new ConfigError([
      `GATEWAYS (at ${gateway.name}) must keep timeoutMs, bulkheadMax and ratePerSecond within ${bounds}.`,
    ]);
  }
  return { ...all, timeoutMs, bulkheadMax: bulkheadMax ?? all.bulkheadMax, ratePerSecond };
}

function tighter(own: number | undefined, all: number | null): number | null | 'wider' {
  if (own === undefined) return all;
  return all !== null && own > all ? 'wider' : own;
}
