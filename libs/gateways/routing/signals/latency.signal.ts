import { routingSignal } from '../routing-signal.js';

/** A gateway that answers after this time has half of the score. */
const HALF_MS = 1_000;
/** As if so many answers had taken so long: few samples don't decide. */
const PRIOR_SAMPLES = 10;
const PRIOR_MS = 500;

/** Of earlier releases also with a time of null: nothing was measured. */
type LatencyInput = {
  readonly samples: number;
  readonly p95Ms: number | null;
};

/** How long the gateway takes, 95th percentile. */
export const latencySignal = routingSignal({
  name: 'latency',
  defaultWeight: 0.1,
  read: ({ stats: { samples, latencyP95Ms } }): LatencyInput | null =>
    latencyP95Ms === null ? null : { samples, p95Ms: Math.round(latencyP95Ms) },
  score: (inputs) =>
    inputs.map((seen) => {
      const { samples, p95Ms } = seen ?? { samples: 0, p95Ms: null };
      const known = p95Ms === null ? 0 : samples;
      const sumMs = (p95Ms ?? 0) * known + PRIOR_MS * PRIOR_SAMPLES;
      return HALF_MS / (HALF_MS + sumMs / (known + PRIOR_SAMPLES));
    }),
});
