import type { PaymentGateway } from '../gateways/payment-gateway.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { crashPoint } from '../platform/crash-points.js';
import type { AskingPauses } from './asking-pauses.js';
import { gatewayCallOf } from './gateway-calls.js';
import { askGateway, learnedFrom, type Learned } from './gateway-word.js';
import type { OrchestrationPorts } from './orchestration.js';

/**
 * The gateway's word on an intent whose sender lost track of it. "Not found" proves nothing, the call may still be on
 * its way: the same request is then sent again under the same key, while that is safe.
 */
export async function wordOn(
  ports: OrchestrationPorts,
  pauses: AskingPauses,
  about: About,
): Promise<Learned> {
  const learned = await askedOrSentAgain(ports, pauses, about);
  const { id: paymentId } = about.payment;
  // Pending is a word, that of a bank debit for days.
  const inVain = learned.events.length === 0 && learned.outcome !== 'pending';
  if (inVain && pauses.countInVain(paymentId)) {
    ports.alarm({ kind: 'outcome_unknown', paymentId });
  }
  return learned;
}

interface About {
  readonly payment: Payment;
  readonly operation: Operation;
  readonly at: string;
}

async function askedOrSentAgain(
  ports: OrchestrationPorts,
  pauses: AskingPauses,
  { payment, operation, at }: About,
): Promise<Learned> {
  const learned = await askGateway(ports, payment, { operation, at });
  if (learned.events.length > 0 || learned.outcome !== 'not_found') return learned;
  const gateway = ports.gateways.get(operation.gateway);
  const safe = gateway !== null && !pauses.isHopeless(payment.id);
  if (!safe || !honoursKeyOf(operation, gateway, ports.clock.now())) return learned;
  const call = gatewayCallOf(payment, operation);
  const answer = await gateway.send(call, ports.settings.gatewayTimeoutMs);
  crashPoint('intent-sent-again');
  if (answer.outcome === 'refused' || answer.outcome === 'unknown') {
    // A refusal of a send that is not the first is no word.
    const rejected = answer.outcome === 'refused' && answer.reason === 'rejected';
    if (rejected) pauses.countRefusedSend(payment.id);
    return learned;
  }
  return learnedFrom(ports, payment, { operation, answer, at });
}

/** Never older than half the time for which the gateway keeps keys, measured just before the send. */
function honoursKeyOf(operation: Operation, gateway: PaymentGateway, now: string): boolean {
  const { keysHonouredForMs } = gateway.capabilities;
  if (keysHonouredForMs === null) return false;
  return Date.parse(now) - Date.parse(operation.requestedAt) < keysHonouredForMs / 2;
}
