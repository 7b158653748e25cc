import { routingSignal } from '../routing-signal.js';

/** How well the gateway is as a whole, whatever the currency and method. */
export const healthSignal = routingSignal({
  name: 'health',
  defaultWeight: 0.2,
  read: ({ stats }) => Math.round(stats.health * 10_000) / 10_000,
  score: (inputs) => inputs,
});
