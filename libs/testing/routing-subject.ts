import type { RoutingSubject } from '../gateways/gateway-directory.js';

/** A visa payment of 25.00 EUR from Germany. */
export function routingSubject(
  over: Partial<Omit<RoutingSubject, 'paymentMethod'>> & {
    readonly paymentMethod?: Partial<RoutingSubject['paymentMethod']>;
  } = {},
): RoutingSubject {
  const { paymentMethod, ...rest } = over;
  return {
    paymentId: 'pay_1',
    merchantId: 'mer_one',
    amount: 2500n,
    currency: 'EUR',
    paymentMethod: {
      type: 'card',
      token: 'tok_approve',
      network: 'visa',
      country: 'DE',
      ...paymentMethod,
    },
    customerId: 'cus_1',
    orderId: null,
    metadata: { channel: 'web' },
    ...rest,
  };
}
