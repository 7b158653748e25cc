import { z } from 'zod';

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 10_000;

/** `?after=&limit=` of a list that only grows; limits above 10,000 give 10,000. */
export const pageQuery = z.strictObject({
  after: z.string().max(64, 'must be a cursor of this list').optional(),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'must be a whole number from 1 on')
    .transform((limit) => Math.min(Number(limit), LIMIT_MAX))
    .default(LIMIT_DEFAULT),
});
