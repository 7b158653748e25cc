import type { GatewayAnswer, GatewayWord } from '../gateways/payment-gateway.js';
import type { PaymentCommand } from '../payments/payment.commands.js';
import { decide } from '../payments/payment.decide.js';
import type { PaymentEvent } from '../payments/payment.events.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { gatewayCallOf } from './gateway-calls.js';
import type { OrchestrationPorts } from './orchestration.js';
import { hasOtherGateway } from './other-gateway.js';

/** The gateway's word that is not durable yet. */
export interface WordInHand {
  readonly intent: number;
  readonly answer: GatewayAnswer;
  readonly soleSender: boolean;
}

/** What was learned of an operation. */
export interface Learned {
  /** Events of the gateway's word; none where it has none or nothing new. */
  readonly events: readonly PaymentEvent[];
  readonly outcome: GatewayWord['outcome'];
}

/** Asks the gateway what became of an operation. */
export async function askGateway(
  ports: OrchestrationPorts,
  payment: Payment,
  { operation, at }: { readonly operation: Operation; readonly at: string },
): Promise<Learned> {
  const gateway = ports.gateways.get(operation.gateway);
  if (gateway === null) return { events: [], outcome: 'unknown' };
  const call = gatewayCallOf(payment, operation);
  const word = await gateway.ask(call, ports.settings.gatewayTimeoutMs);
  const { outcome } = word;
  // No word: it may still be on its way, or asking itself was refused or lost.
  if (outcome === 'not_found' || outcome === 'unknown' || outcome === 'refused') {
    return { events: [], outcome };
  }
  return learnedFrom(ports, payment, { operation, answer: word, at });
}

/** What the gateway says of an operation that it, or another process, may have been told of before. */
export function learnedFrom(
  ports: OrchestrationPorts,
  payment: Payment,
  said: { readonly operation: Operation; readonly answer: GatewayAnswer; readonly at: string },
): Learned {
  const { operation, answer, at } = said;
  const word = { intent: operation.intent, answer, soleSender: false, at };
  const decided = decide(payment, answerCommand(ports, payment, word));
  return { events: decided.accepted ? decided.events : [], outcome: answer.outcome };
}

/** The command that records a gateway's word on an intent. */
export function answerCommand(
  ports: OrchestrationPorts,
  payment: Payment,
  word: WordInHand & { readonly at: string },
): Extract<PaymentCommand, { type: 'RecordAnswer' }> {
  const { settings } = ports;
  const at = Date.parse(word.at);
  return {
    type: 'RecordAnswer',
    intent: word.intent,
    answer: word.answer,
    soleSender: word.soleSender,
    otherGateway: otherGatewayMayHelp(ports, payment, word),
    defaultExpiresAt: windowEnd(ports, word.at),
    actionTimesOutAt: new Date(at + settings.actionTimeoutS * 1000).toISOString(),
    at: word.at,
  };
}

/** End of an authorization's window where its gateway names none. */
export function windowEnd({ settings }: Pick<OrchestrationPorts, 'settings'>, at: string): string {
  return new Date(Date.parse(at) + settings.authorizationWindowS * 1000).toISOString();
}

/** After any other answer no other gateway is asked. */
function otherGatewayMayHelp(
  ports: OrchestrationPorts,
  payment: Payment,
  word: WordInHand,
): boolean {
  if (word.answer.outcome !== 'declined' && word.answer.outcome !== 'refused') return false;
  return hasOtherGateway(ports, payment, payment.operations[word.intent - 1]);
}
