import { listedValue, listSettings } from '../listed-value.js';
import { riskRule } from '../risk-rule.js';

/** Refuses whoever is listed, whatever else speaks for the payment. */
export const blockList = riskRule({
  name: 'block_list',
  settings: listSettings,
  bind: ({ of, values }) => ({
    judge: (subject) => {
      const value = listedValue(of, subject);
      if (value === null || !values.has(value)) return null;
      return { effect: 'block', reason: `blocked_${of}` };
    },
  }),
});
