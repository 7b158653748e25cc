import type { RoutingSubject } from '../gateways/gateway-directory.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { isAttempt } from '../payments/payment.totals.js';
import type { OrchestrationPorts } from './orchestration.js';

/** Whether a gateway that was not tried since the last retry could take another attempt after this one. */
export function hasOtherGateway(
  ports: Pick<OrchestrationPorts, 'gateways'>,
  payment: Payment,
  attempt: Operation | undefined,
): boolean {
  if (attempt === undefined || !isAttempt(attempt)) return false;
  const tried = payment.operations
    .slice(payment.lifeFrom)
    .filter(isAttempt)
    .map(({ gateway }) => gateway);
  const route = ports.gateways.route({
    subject: routingSubjectOf(payment),
    operation: attempt.operation,
    gateway: null,
    tried,
  });
  return route.gateway !== null;
}

/** What a choice of the payment's gateway may depend on. */
export function routingSubjectOf(payment: Payment): RoutingSubject {
  const { id, merchantId, amount, currency, paymentMethod, customerId, orderId, metadata } =
    payment;
  return {
    paymentId: id,
    merchantId,
    amount,
    currency,
    paymentMethod,
    customerId,
    orderId,
    metadata,
  };
}
