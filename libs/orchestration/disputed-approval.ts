import { operationFirstShownByDispute } from '../payments/payment.decide-fact.js';
import type { ApprovedMoney } from '../payments/payment.commands.js';
import type { Payment } from '../payments/payment.state.js';
import { askedBeforeFact, type ToldFact } from './asked-before-fact.js';
import type { OrchestrationPorts } from './orchestration.js';

/**
 * What the gateway approved of an operation that a dispute is the first to show as approved. Null: the gateway need not
 * be asked, or does not say; the operation then counts as approved for what was asked.
 * @throws GatewayUnreachable while it can't be asked: the fact comes again
 */
export async function disputedApproval(
  ports: Pick<OrchestrationPorts, 'gateways' | 'settings'>,
  payment: Payment,
  told: ToldFact,
): Promise<ApprovedMoney | null> {
  const operation = operationFirstShownByDispute(payment, told.gateway, told.fact);
  if (operation === null) return null;
  const word = await askedBeforeFact(ports, payment, { operation, told });
  return word?.outcome === 'approved' ? word : null;
}
