import { z } from 'zod';

/** An event with what caused it, as far as its own stream tells. */
export const traceSchema = z.object({
  payment_id: z.string(),
  data: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      revision: z.int(),
      position: z.string(),
      at: z.string(),
      actor: z.string(),
      correlation_id: z.string(),
      /** `event`: one of this payment, listed before; `request`: a call, or whatever else began it. */
      cause: z.object({ kind: z.enum(['event', 'request']), id: z.string() }),
      /** 0 of what no event of the payment caused. */
      depth: z.int(),
    }),
  ),
});
