import type { PaymentEvent } from '../payments/payment.events.js';
import { unconfirmedDeclines } from '../payments/payment.questions.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { askGateway, type Learned } from './gateway-word.js';
import type { OrchestrationPorts } from './orchestration.js';

/** A call that its gateway does not know may so long still be on its way. */
const ON_ITS_WAY_MS = 3_600_000;

/** What the gateway did all the same; or whether to ask again. `gateway_away`: once it is configured again. */
export type Contradiction =
  | { readonly events: readonly PaymentEvent[]; readonly actor: string }
  | 'ask_again'
  | 'gateway_away'
  | 'none';

/** Asks about what an operator closed as declined without the gateway's word. */
export async function contradictionOf(
  ports: OrchestrationPorts,
  payment: Payment,
  at: string,
): Promise<Contradiction> {
  let again: 'ask_again' | 'gateway_away' | 'none' = 'none';
  for (const operation of unconfirmedDeclines(payment)) {
    if (ports.gateways.get(operation.gateway) === null) {
      if (again === 'none') again = 'gateway_away';
      continue;
    }
    const { events, outcome } = await askGateway(ports, payment, { operation, at });
    if (events.length > 0) return { events, actor: `gateway:${operation.gateway}` };
    if (mayStillDiffer(outcome, operation, at)) again = 'ask_again';
  }
  return again;
}

/** The end of what is pending, or waits for the customer, comes by the feed. */
function mayStillDiffer(outcome: Learned['outcome'], operation: Operation, at: string): boolean {
  switch (outcome) {
    case 'unknown':
    case 'refused':
      return true;
    case 'not_found':
      return Date.parse(at) - Date.parse(operation.requestedAt) < ON_ITS_WAY_MS;
    case 'approved':
    case 'declined':
    case 'pending':
    case 'requires_action':
      return false;
  }
}
