import type { StoredPaymentMethod } from '../payments/payment.events.js';

/** A card of which nothing is known but its token. */
export function card(token = 'tok_approve'): StoredPaymentMethod {
  return { type: 'card', token, network: null, country: null, last4: null };
}

/** What most clients leave out of a create. */
export const LEFT_OUT = {
  captureAfterS: null,
  customerId: null,
  orderId: null,
  description: null,
  metadata: null,
  customerIpHash: null,
  customerEmailHash: null,
} as const;
