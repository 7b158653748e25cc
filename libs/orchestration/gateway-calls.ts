import type { GatewayCall } from '../gateways/payment-gateway.js';
import { approvalBeneath } from '../payments/payment.questions.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { derivedUuid } from '../platform/ids.js';

/** The gateway's idempotency key of the payment's next intent: UUID v5 of (payment id, operation, intent number). */
export function nextIntentKey(
  payment: Payment | null,
  paymentId: string,
  operation: Operation['operation'],
): string {
  return derivedUuid(paymentId, operation, (payment?.operations.length ?? 0) + 1);
}

/** The request of an intent; the same for every send of it. */
export function gatewayCallOf(payment: Payment, operation: Operation): GatewayCall {
  const { key, amount } = operation;
  const core = { key, paymentId: payment.id, amount, currency: payment.currency };
  switch (operation.operation) {
    case 'authorize':
    case 'purchase': {
      const { type, token } = payment.paymentMethod;
      // Name by name: every payment passes here, and a copy with more put on costs several times that.
      return {
        key,
        paymentId: payment.id,
        amount,
        currency: payment.currency,
        operation: operation.operation,
        paymentMethod: { type, token },
      };
    }
    case 'capture':
      return {
        ...core,
        operation: 'capture',
        reference: approvalBeneath(payment, operation.intent)?.reference ?? '',
        final: operation.final,
      };
    case 'increment':
      return {
        ...core,
        operation: 'increment',
        reference: approvalBeneath(payment, operation.intent)?.reference ?? '',
      };
    case 'void': {
      const target = payment.operations[operation.target - 1];
      return {
        ...core,
        operation: 'void',
        reference: target?.reference ?? null,
        authorizationKey: target?.key ?? '',
      };
    }
    case 'refund': {
      const target = payment.operations[operation.target - 1];
      return { ...core, operation: 'refund', reference: target?.reference ?? '' };
    }
  }
}
