import { z } from 'zod';
import { minorUnits } from '../../risk/rule-fields.js';
import { riskRule } from '../../risk/risk-rule.js';

/** Amounts that are suspiciously round: stolen cards are tried with them. */
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
