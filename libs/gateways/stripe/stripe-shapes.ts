import { z } from 'zod';

/**
 * What is read of Stripe's objects; everything else is let pass. The library's types promise more than an answer that
 * came over a network can keep.
 */
const amount = z.number().int().min(0);
const currency = z.string().regex(/^[a-zA-Z]{3}$/);
const id = z.string().min(1);
const metadata = z.record(z.string(), z.string()).nullish();

const balanceTransaction = z.object({ id, status: z.string().nullish() });

export const chargeShape = z.object({
  id,
  amount,
  currency,
  status: z.string().nullish(),
  captured: z.boolean().nullish(),
  payment_intent: z.union([id, z.object({ id })]).nullish(),
  metadata,
  payment_method_details: z
    .object({ card: z.object({ capture_before: z.number().int().nullish() }).nullish() })
    .nullish(),
  balance_transaction: z.union([z.string(), balanceTransaction]).nullish(),
});
export type StripeCharge = z.output<typeof chargeShape>;

const errorShape = z.object({
  type: z.string().nullish(),
  code: z.string().nullish(),
  decline_code: z.string().nullish(),
});

export const intentShape = z.object({
  id,
  object: z.literal('payment_intent'),
  status: z.string(),
  amount,
  amount_capturable: amount.nullish(),
  amount_received: amount.nullish(),
  currency,
  capture_method: z.string().nullish(),
  metadata,
  cancellation_reason: z.string().nullish(),
  last_payment_error: errorShape.nullish(),
  next_action: z
    .object({
      type: z.string(),
      redirect_to_url: z.object({ url: z.string().nullish() }).nullish(),
    })
    .nullish(),
  latest_charge: z.union([z.string(), chargeShape]).nullish(),
});
export type StripeIntent = z.output<typeof intentShape>;

export const refundShape = z.object({
  id,
  object: z.literal('refund'),
  amount,
  currency,
  status: z.string().nullish(),
  failure_reason: z.string().nullish(),
  metadata,
  payment_intent: z.union([id, z.object({ id })]).nullish(),
});
export type StripeRefund = z.output<typeof refundShape>;

export const disputeShape = z.object({
  id,
  object: z.literal('dispute'),
  amount,
  currency,
  status: z.string(),
  payment_intent: z.union([id, z.object({ id })]).nullish(),
  /** What it withdrew (below 0) and gave back. */
  balance_transactions: z.array(z.object({ amount: z.number() })).nullish(),
});
export type StripeDispute = z.output<typeof disputeShape>;

export const payoutShape = z.object({ id, object: z.literal('payout') });

/**
 * A balance transaction of a payout, its source and the source's payment expanded. In the currency of the payout, which
 * need not be the payment's; an amount below 0 is money that went back.
 */
export const settledChargeShape = z.object({
  id,
  amount: z.number().int().min(1),
  currency: currency.nullish(),
  exchange_rate: z.number().positive().nullish(),
  source: z.object({ id, object: z.literal('charge'), payment_intent: intentShape.nullable() }),
});
export type SettledCharge = z.output<typeof settledChargeShape>;

export const eventShape = z.object({
  id,
  object: z.literal('event'),
  type: z.string(),
  created: z.number().int(),
  data: z.object({ object: z.record(z.string(), z.unknown()) }),
  request: z.union([z.string(), z.object({ idempotency_key: z.string().nullish() })]).nullish(),
});
export type StripeEvent = z.output<typeof eventShape>;

export const listShape = z.object({ data: z.array(z.unknown()), has_more: z.boolean().nullish() });
export const searchShape = z.object({ data: z.array(z.unknown()) });
