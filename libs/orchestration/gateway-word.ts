import type { GatewayAnswer } from '../gateways/payment-gateway.js';
import type { PaymentCommand } from '../payments/payment.commands.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { isAttempt } from '../payments/payment.totals.js';
import { windowEnd } from './call-commands.js';
import type { OrchestrationPorts } from './orchestration.js';
import { routingSubjectOf } from './step-commands.js';

/** The gateway's word that is not durable yet. */
export interface WordInHand {
  readonly intent: number;
  readonly answer: GatewayAnswer;
  readonly soleSender: boolean;
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
    otherGateway: otherGateway(ports, payment, word),
    defaultExpiresAt: windowEnd(ports, word.at),
    actionTimesOutAt: new Date(at + settings.actionTimeoutS * 1000).toISOString(),
    at: word.at,
  };
}

/** Whether a gateway that this life has not tried yet could take another attempt; asked only of a decline. */
function otherGateway(ports: OrchestrationPorts, payment: Payment, word: WordInHand): boolean {
  if (word.answer.outcome !== 'declined' && word.answer.outcome !== 'refused') return false;
  return hasOtherGateway(ports, payment, payment.operations[word.intent - 1]);
}

/** Whether a gateway that this life has not tried yet could take another attempt after this one. */
export function hasOtherGateway(
  ports: OrchestrationPorts,
  payment: Payment,
  attempt: Operation | undefined,
): boolean {
  if (attempt === undefined || !isAttempt(attempt)) return false;
  const tried = payment.operations
    .slice(payment.lifeFrom)
    .filter(isAttempt)
    .map(({ gateway }) => gateway);
  const route = ports.gateways.route({
    subject: routingSubjectOf(payment, payment.id),
    operation: attempt.operation,
    gateway: null,
    tried,
  });
  return route.gateway !== null;
}
