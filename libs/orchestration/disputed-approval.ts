import { provesUnknown } from '../payments/payment.decide-fact.js';
import type { ApprovedMoney } from '../payments/payment.commands.js';
import type { Payment } from '../payments/payment.state.js';
import { askedBeforeFact, type ToldFact } from './asked-before-fact.js';
import type { OrchestrationPorts } from './orchestration.js';

/**
 * What the gateway approved of the operation that a dispute is the first to tell of, and whether that is settled: the
 * dispute's own amount is another one. Null: nobody has to ask, or the gateway has nothing to say and it counts as asked for.
 * @throws GatewayUnreachable while it can't be asked: the fact comes again
 */
export async function disputedApproval(
  ports: Pick<OrchestrationPorts, 'gateways' | 'settings'>,
  payment: Payment,
  told: ToldFact,
): Promise<ApprovedMoney | null> {
  const operation = provesUnknown(payment, told.gateway, told.fact);
  if (operation === null) return null;
  const word = await askedBeforeFact(ports, payment, { operation, told });
  return word?.outcome === 'approved' ? word : null;
}
