import { factName } from '../payments/payment.evolve.js';
import type { Payment } from '../payments/payment.state.js';
import { askedBeforeFact, type Told } from './asked-before-fact.js';
import type { OrchestrationPorts } from './orchestration.js';

/**
 * Whether a refund's success is older than its failure, which a webhook told already. Facts tell nothing of their
 * order, so the gateway is asked how the refund stands.
 * @throws GatewayUnreachable while it can't be asked: the fact comes again
 */
export async function isOvertakenSuccess(
  ports: Pick<OrchestrationPorts, 'gateways' | 'settings'>,
  payment: Payment,
  told: Told,
): Promise<boolean> {
  const { gateway, fact } = told;
  const known = payment.facts.includes(factName({ gateway, id: fact.id }));
  if (known || fact.kind.type !== 'refund_succeeded') return false;
  const refund = payment.operations.find(
    (operation) => operation.key === fact.key && operation.gateway === gateway,
  );
  if (refund?.operation !== 'refund' || !refund.failedInFeed) return false;
  const word = await askedBeforeFact(ports, payment, { operation: refund, told });
  return word?.outcome === 'declined';
}
