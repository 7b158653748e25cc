import { routingSignal } from '../../libs/gateways/routing/routing-signal.js';

/** A gateway that names the card's country is at home there: acquiring at home is declined less often. */
export const homeCountrySignal = routingSignal({
  name: 'home_country',
  defaultWeight: 0.1,
  read: ({ profile }, { paymentMethod }) => {
    const { country } = paymentMethod;
    return country !== null && profile.countries?.includes(country) === true ? 1 : 0;
  },
  score: (inputs) => inputs,
});
