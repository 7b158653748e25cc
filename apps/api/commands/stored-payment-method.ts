import type { z } from 'zod';
import type { StoredPaymentMethod } from '../../../libs/payments/payment.events.js';
import type { paymentMethodSchema } from '../schemas/payment-bodies.schema.js';

export function storedPaymentMethod(
  method: z.output<typeof paymentMethodSchema>,
): StoredPaymentMethod {
  const { type, token, network = null, country = null, last4 = null } = method;
  return { type, token, network, country, last4 };
}
