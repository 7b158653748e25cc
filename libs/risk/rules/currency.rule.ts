import { riskRule } from '../risk-rule.js';
import { currencyCode, onlyOrNot } from '../rule-fields.js';

/** Currencies that payments must have, or must not. */
export const currencyRule = riskRule({
  name: 'currency',
  settings: onlyOrNot(currencyCode),
  bind: ({ only, not }) => ({
    judge: ({ currency }) => {
      const fits = only?.includes(currency) ?? !not?.includes(currency);
      return fits ? null : { reason: `currency_not_expected: ${currency}` };
    },
  }),
});
