import { routingSignal } from '../routing-signal.js';

/** As if so many attempts had been seen before: few samples don't decide. */
const PRIOR_SUCCESSES = 9;
const PRIOR_DECLINES = 1;

/** How many of the attempts in this currency and method the gateway approved lately: the mean of a Beta distribution. */
export const successSignal = routingSignal({
  name: 'success',
  defaultWeight: 0.5,
  read: ({ stats: { samples, successes } }) => (samples === 0 ? null : { samples, successes }),
  score: (inputs) =>
    inputs.map((seen) => {
      const { samples, successes } = seen ?? { samples: 0, successes: 0 };
      return (successes + PRIOR_SUCCESSES) / (samples + PRIOR_SUCCESSES + PRIOR_DECLINES);
    }),
});
