import type { Operation, Payment } from './payment.state.js';

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
