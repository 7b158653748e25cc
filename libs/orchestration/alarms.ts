import type { PaymentEvent } from '../payments/payment.events.js';
import type { OrchestrationPorts } from './orchestration.js';

/** Tells operators what should not have happened; the events themselves are the record. */
export function raiseAlarms(
  ports: Pick<OrchestrationPorts, 'alarm'>,
  paymentId: string,
  events: readonly PaymentEvent[],
): void {
  for (const event of events) {
    if (event.type === 'MoneyRuleBroken') ports.alarm({ kind: 'money_rule_broken', paymentId });
    if (event.type === 'FactUnmatched') ports.alarm({ kind: 'fact_unmatched', paymentId });
    if ('undo' in event.data && event.data.undo) ports.alarm({ kind: 'late_approval', paymentId });
  }
}
