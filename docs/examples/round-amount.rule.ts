import { z } from 'zod';
import { riskRule } from '../../libs/risk/risk-rule.js';

/** Whole hundreds are what people try stolen cards with: 100.00 rather than 97.35. */
export const roundAmount = riskRule({
  name: 'round_amount',
  settings: z.strictObject({
    multipleOf: z.number().int().min(1).max(1_000_000),
  }),
  bind: ({ multipleOf }) => ({
    judge: ({ amount, currency }) =>
      amount % BigInt(multipleOf) === 0n ? { reason: `round_amount: ${amount} ${currency}` } : null,
  }),
});
