import type { RoutingScores } from '../../payments/routing-decision.js';
import type { RoutingSignal } from './routing-signal.js';
import { costSignal } from './signals/cost.signal.js';
import { healthSignal } from './signals/health.signal.js';
import { latencySignal } from './signals/latency.signal.js';
import { successSignal } from './signals/success.signal.js';

/** What a choice weighs: a line registers a signal. */
export const ROUTING_SIGNALS: readonly RoutingSignal[] = [
  successSignal,
  latencySignal,
  costSignal,
  healthSignal,
];

/** What each signal counts until rules say otherwise. */
export function defaultWeights(signals: readonly RoutingSignal[] = ROUTING_SIGNALS): RoutingScores {
  return Object.fromEntries(signals.map(({ name, defaultWeight }) => [name, defaultWeight]));
}
