import { riskRule } from '../risk-rule.js';
import { countryCode, onlyOrNot } from '../rule-fields.js';

/** Countries that cards must come from, or must not; a card of unknown country is in none of them. */
export const countryRule = riskRule({
  name: 'country',
  settings: onlyOrNot(countryCode),
  bind: ({ only, not }) => ({
    judge: ({ paymentMethod }) => {
      const country = paymentMethod.country ?? 'unknown';
      const fits = only?.includes(country) ?? !not?.includes(country);
      return fits ? null : { reason: `country_not_expected: ${country}` };
    },
  }),
});
