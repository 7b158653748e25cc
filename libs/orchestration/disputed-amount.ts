import { GatewayUnreachable, type GatewayFact } from '../gateways/payment-gateway.js';
import { provesUnknown } from '../payments/payment.decide-fact.js';
import type { Payment } from '../payments/payment.state.js';
import { gatewayCallOf } from './gateway-calls.js';
import type { OrchestrationPorts } from './orchestration.js';

/** A gateway that can not tell of an operation for so long must not hold up its other facts. */
const PATIENCE_MS = 3_600_000;

/**
 * What the gateway approved of the operation that a dispute is the first to tell of: the dispute's own amount is
 * another one. Null: nobody has to ask, or the gateway has nothing to say and it counts as asked for.
 * @throws GatewayUnreachable while it can't be asked: the fact comes again
 */
export async function disputedAmount(
  ports: Pick<OrchestrationPorts, 'gateways' | 'settings'>,
  payment: Payment,
  told: { readonly gateway: string; readonly fact: GatewayFact; readonly at: string },
): Promise<bigint | null> {
  const operation = provesUnknown(payment, told.gateway, told.fact);
  const gateway = ports.gateways.get(told.gateway);
  if (operation === null || gateway === null) return null;
  const { gatewayTimeoutMs } = ports.settings;
  const word = await gateway.ask(gatewayCallOf(payment, operation), gatewayTimeoutMs);
  if (word.outcome === 'approved') return word.amount;
  const silent = word.outcome === 'unknown' || word.outcome === 'refused';
  if (silent && Date.parse(told.at) - Date.parse(told.fact.at) < PATIENCE_MS) {
    throw new GatewayUnreachable(`${told.gateway} can't be asked about what is disputed`);
  }
  return null;
}
