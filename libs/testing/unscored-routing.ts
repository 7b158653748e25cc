import type { RoutingDecision } from '../payments/payment.events.js';

/** Nobody else was there: this gateway it is. */
export function unscoredRouting(gateway: string): RoutingDecision {
  return {
    by: 'configured_order',
    gateways: [gateway],
    fallenOut: {},
    rulesVersion: 0,
    rule: null,
    scored: null,
  };
}
