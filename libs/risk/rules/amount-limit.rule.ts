import { z } from 'zod';
import { currencyCode, minorUnits } from '../rule-fields.js';
import { riskRule } from '../risk-rule.js';

/** Amounts above a limit, of one currency or, without one, in minor units of whatever currency. */
export const amountLimit = riskRule({
  name: 'amount_limit',
  settings: z.strictObject({ above: minorUnits, currency: currencyCode.optional() }),
  bind: ({ above, currency }) => ({
    judge: (subject) => {
      if (currency !== undefined && subject.currency !== currency) return null;
      if (subject.amount <= above) return null;
      return { reason: `amount_above_limit: ${subject.amount} above ${above}` };
    },
  }),
});
