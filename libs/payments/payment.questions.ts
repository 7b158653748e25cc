import type { GatewayFact } from './gateway-answer.js';
import type { Attempt, Dispute, Operation, Payment } from './payment.state.js';
import { isAttempt } from './payment.totals.js';

/**
 * Operations that an operator closed as declined without their gateway's word. Nothing waits for them; the gateway is
 * asked all the same once it can be, since what it did counts.
 */
export function unconfirmedDeclines(payment: Payment): readonly Operation[] {
  if (payment.closedByHand.length === 0) return [];
  return payment.operations.filter(
    ({ intent, outcome }) => outcome === 'declined' && payment.closedByHand.includes(intent),
  );
}

/** The approval that an intent was opened on: after a retry the payment rests on another one, or on none. */
export function approvalBeneath({ operations }: Payment, intent: number): Attempt | undefined {
  return operations
    .slice(0, intent - 1)
    .filter(isAttempt)
    .findLast(({ outcome }) => outcome === 'approved');
}

/** The operation that a fact of this gateway is about; undefined: none of this payment's. */
export function operationOfFact(
  { operations }: Payment,
  gateway: string,
  { key }: Pick<GatewayFact, 'key'>,
): Operation | undefined {
  return operations.find((operation) => operation.key === key && operation.gateway === gateway);
}

/** The dispute of this id at the gateway of this intent: two gateways may give the same id. */
export function disputeOf(
  { disputes, operations }: Payment,
  { intent, disputeId }: { readonly intent: number; readonly disputeId: string },
): Dispute | undefined {
  const gateway = operations[intent - 1]?.gateway;
  return disputes.find(
    (dispute) => dispute.id === disputeId && operations[dispute.intent - 1]?.gateway === gateway,
  );
}
