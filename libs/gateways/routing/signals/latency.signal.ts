import { routingSignal } from '../routing-signal.js';

/** A gateway that answers after this time has half of the score. */
const HALF_MS = 1_000;
/** As if so many answers had taken so long: few samples don't decide. */
const PRIOR_SAMPLES = 10;
const PRIOR_MS = 500;

/** How long the gateway takes, 95th percentile. */
export const latencySignal = routingSignal({
  name: 'latency',
  defaultWeight: 0.1,
  read: ({ stats: { samples, latencyP95Ms } }) => ({
    samples,
    p95Ms: latencyP95Ms === null ? null : Math.round(latencyP95Ms),
  }),
  score: (inputs) =>
    inputs.map(({ samples, p95Ms }) => {
      const known = p95Ms === null ? 0 : samples;
      const sumMs = (p95Ms ?? 0) * known + PRIOR_MS * PRIOR_SAMPLES;
      return HALF_MS / (HALF_MS + sumMs / (known + PRIOR_SAMPLES));
    }),
});
