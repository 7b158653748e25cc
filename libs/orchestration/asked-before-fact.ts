import {
  GatewayUnreachable,
  type GatewayFact,
  type GatewayWord,
} from '../gateways/payment-gateway.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { gatewayCallOf } from './gateway-calls.js';
import type { OrchestrationPorts } from './orchestration.js';

/** What a gateway's feed tells. */
export interface ToldFact {
  readonly gateway: string;
  readonly fact: GatewayFact;
  /** It was waited for in vain: the fact is recorded without. */
  readonly atLast: boolean;
}

/**
 * What the gateway says of an operation before a fact of it is recorded; null where it has nothing to say.
 * @throws GatewayUnreachable while it can't be asked: the fact comes again
 */
export async function askedBeforeFact(
  ports: Pick<OrchestrationPorts, 'gateways' | 'settings'>,
  payment: Payment,
  { operation, told }: { readonly operation: Operation; readonly told: ToldFact },
): Promise<GatewayWord | null> {
  const gateway = ports.gateways.get(told.gateway);
  if (gateway === null) return null;
  const { gatewayTimeoutMs } = ports.settings;
  const word = await gateway.ask(gatewayCallOf(payment, operation), gatewayTimeoutMs);
  if (word.outcome !== 'unknown' && word.outcome !== 'refused') return word;
  if (told.atLast) return null;
  const { operation: kind, key } = operation;
  throw new GatewayUnreachable(`${told.gateway} can't be asked about the ${kind} ${key}`);
}
