import { routingSignal } from '../routing-signal.js';

/** As if so many attempts had been seen before: few samples don't decide. */
const PRIOR_SUCCESSES = 9;
const PRIOR_DECLINES = 1;

/** How many of the attempts in this currency and method the gateway approved lately: the mean of a Beta distribution. */
export const successSignal = routingSignal({
  name: 'success',
  defaultWeight: 0.5,
  read: ({ stats: { samples, successes } }) => ({ samples, successes }),
  score: (inputs) =>
    inputs.map(
      ({ samples, successes }) =>
        (successes + PRIOR_SUCCESSES) / (samples + PRIOR_SUCCESSES + PRIOR_DECLINES),
    ),
});
