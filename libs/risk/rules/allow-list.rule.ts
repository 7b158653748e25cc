import { listedValue, listSettings } from '../listed-value.js';
import { riskRule } from '../risk-rule.js';

/** Lets whoever is listed through, unless a block list names the payment too. */
export const allowList = riskRule({
  name: 'allow_list',
  settings: listSettings,
  bind: ({ of, values }) => ({
    judge: (subject) => {
      const value = listedValue(of, subject);
      if (value === null || !values.has(value)) return null;
      return { effect: 'allow', reason: `allowed_${of}` };
    },
  }),
});
