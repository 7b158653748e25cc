import type { PaymentEvent } from '../payments/payment.events.js';
import type { Payment } from '../payments/payment.state.js';
import type { OrchestrationPorts } from './orchestration.js';

/**
 * Tells operators what should not have happened to the payment as it was before these events; the events themselves are
 * the record.
 */
export function raiseAlarms(
  ports: Pick<OrchestrationPorts, 'alarm'>,
  payment: Payment | null,
  events: readonly PaymentEvent[],
): void {
  if (payment === null) return;
  const paymentId = payment.id;
  for (const event of events) {
    if (event.type === 'MoneyRuleBroken') ports.alarm({ kind: 'money_rule_broken', paymentId });
    if (event.type === 'FactUnmatched') ports.alarm({ kind: 'fact_unmatched', paymentId });
    if (isLateApproval(payment, event)) ports.alarm({ kind: 'late_approval', paymentId });
  }
}

/** Of an attempt beside or after what the payment rests on, or of an operation that had been declined. */
function isLateApproval(payment: Payment, event: PaymentEvent): boolean {
  if (event.type === 'AuthorizationApproved' || event.type === 'PurchaseApproved') {
    return event.data.undo;
  }
  const counts =
    event.type === 'CaptureApproved' ||
    event.type === 'IncrementApproved' ||
    event.type === 'VoidApproved' ||
    event.type === 'RefundSucceeded';
  return counts && payment.operations[event.data.intent - 1]?.outcome === 'declined';
}
