import type { GatewayWord } from '../gateways/payment-gateway.js';
import { factName } from '../payments/payment.evolve.js';
import { operationOfFact } from '../payments/payment.questions.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { askedBeforeFact, type ToldFact } from './asked-before-fact.js';
import type { OrchestrationPorts } from './orchestration.js';

/**
 * Whether a later fact that says the opposite came first, by a webhook: a refund's failure before its success, a failed
 * settlement before the settlement, or the reverse. Facts do not tell their order, so the gateway is asked how the
 * operation stands.
 * @throws GatewayUnreachable while it can't be asked: the fact comes again
 */
export async function isOvertaken(
  ports: Pick<OrchestrationPorts, 'gateways' | 'settings'>,
  payment: Payment,
  told: ToldFact,
): Promise<boolean> {
  const { gateway, fact } = told;
  if (payment.facts.includes(factName({ gateway, id: fact.id }))) return false;
  const operation = operationOfFact(payment, gateway, fact);
  if (operation === undefined || !contradicts(operation, told)) return false;
  const word = await askedBeforeFact(ports, payment, { operation, told });
  return word !== null && isDenied(told, word);
}

/** The fact says the opposite of what was recorded last. */
function contradicts(operation: Operation, { fact: { kind } }: ToldFact): boolean {
  switch (kind.type) {
    case 'refund_succeeded':
      return operation.operation === 'refund' && operation.failedInFeed;
    case 'settled':
      return 'settlement' in operation && operation.settlement === 'failed';
    case 'settlement_failed':
      return 'settlement' in operation && operation.settlement === 'settled';
    case 'refund_failed':
    case 'dispute_opened':
    case 'dispute_won':
    case 'dispute_lost':
    case 'operation_approved':
    case 'operation_declined':
    case 'authorization_gone':
      return false;
  }
}

/** By the gateway's word what the fact tells is true no more. */
function isDenied({ fact: { kind } }: ToldFact, word: GatewayWord): boolean {
  if (kind.type === 'refund_succeeded') return word.outcome === 'declined';
  return word.outcome === 'approved' && word.settled !== (kind.type === 'settled');
}
