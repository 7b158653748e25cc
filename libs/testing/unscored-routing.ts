import type { RoutingDecision } from '../payments/payment.events.js';

/** Nobody was asked: this gateway it is. */
export function unscoredRouting(gateway: string): RoutingDecision {
  return { gateway, candidates: [], weights: null, rulesVersion: 0, rule: null, scoring: 0 };
}
