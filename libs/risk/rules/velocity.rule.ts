import { z } from 'zod';
import { riskRule } from '../risk-rule.js';
import { currencyCode, minorUnits } from '../rule-fields.js';
import { NO_ATTEMPTS, VELOCITY_WINDOW_MAX_S } from '../velocity-counter.js';
import {
  SHARED_DIMENSIONS,
  VELOCITY_DIMENSIONS,
  velocityKey,
  type VelocityDimension,
} from '../velocity-keys.js';

const MINUTE_S = 60;

const settings = z
  .strictObject({
    per: z.enum(VELOCITY_DIMENSIONS, `must be one of ${VELOCITY_DIMENSIONS.join(', ')}`),
    window_s: z
      .number('must be a number of seconds')
      .int()
      .min(MINUTE_S)
      .max(VELOCITY_WINDOW_MAX_S)
      .multipleOf(MINUTE_S, 'must be whole minutes, in seconds'),
    attempts_above: z.number('must be a number').int().min(0).optional(),
    sum_above: z.strictObject({ amount: minorUnits, currency: currencyCode }).optional(),
  })
  .refine(
    ({ attempts_above: attempts, sum_above: sum }) => attempts !== undefined || sum !== undefined,
    'needs attempts_above or sum_above',
  );

/** Too many attempts, or too much money, of one customer, token, IP address or merchant within a window. */
export const velocity = riskRule({
  name: 'velocity',
  settings,
  bind: ({ per, window_s: windowS, attempts_above: attemptsMax, sum_above: sumMax }) => ({
    questions: (subject) => {
      const key = velocityKey(per, { ...subject, token: subject.paymentMethod.token });
      const currency = sumMax?.currency ?? subject.currency;
      return key === null ? [] : [{ dimension: per, key, windowS, currency }];
    },
    judge: (_subject, [count = NO_ATTEMPTS]) => {
      if (attemptsMax !== undefined && count.attempts > attemptsMax) {
        const found = shown(per, count.attempts);
        return {
          reason: `velocity_${per}_attempts: ${found}above ${attemptsMax} in ${windowS} s`,
        };
      }
      if (sumMax !== undefined && count.sum > sumMax.amount) {
        const { amount, currency } = sumMax;
        const found = shown(per, count.sum);
        return {
          reason: `velocity_${per}_sum: ${found}above ${amount} ${currency} in ${windowS} s`,
        };
      }
      return null;
    },
  }),
});

/** A reason stands in the payment's events, which its merchant reads. */
function shown(per: VelocityDimension, counted: number | bigint): string {
  return SHARED_DIMENSIONS.has(per) ? '' : `${counted} `;
}
