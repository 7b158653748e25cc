import { z } from 'zod';
import { minorUnits } from '../../libs/risk/rule-fields.js';
import { riskRule } from '../../libs/risk/risk-rule.js';

/** Whole hundreds are what people try stolen cards with: 100.00 rather than 97.35. */
export const roundAmount = riskRule({
  name: 'round_amount',
  settings: z.strictObject({
    multiple_of: minorUnits.refine((value) => value > 0n, 'must be above 0'),
  }),
  bind: ({ multiple_of: unit }) => ({
    judge: ({ amount }) => {
      if (amount % unit !== 0n) return null;
      return { reason: `round_amount: ${amount} is a multiple of ${unit}` };
    },
  }),
});
