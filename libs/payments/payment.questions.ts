import type { Attempt, Operation, Payment } from './payment.state.js';
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
