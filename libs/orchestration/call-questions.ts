import type { Decision } from '../payments/decision.js';
import { decide } from '../payments/payment.decide.js';
import type { PaymentEvent } from '../payments/payment.events.js';
import { evolve } from '../payments/payment.evolve.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { commandOf, windowEnd } from './call-commands.js';
import { gatewayCallOf } from './gateway-calls.js';
import type { OrchestrationPorts } from './orchestration.js';
import type { PaymentCall } from './payment-calls.js';
import { answerCommand } from './payment-drive.js';
import type { PaymentWork } from './payment-work.js';

/**
 * What the gateway tells before a call is decided: a confirm asks about the customer's act, a resolution about the
 * operation that it names. Null: nothing was asked, or nothing new was said, and the first decision stands.
 */
export async function askedFirst(
  ports: OrchestrationPorts,
  work: PaymentWork,
  {
    call,
    first,
    at,
  }: { readonly call: PaymentCall; readonly first: Decision; readonly at: string },
): Promise<readonly PaymentEvent[] | null> {
  const { payment } = work;
  if (payment === null || !first.accepted) return null;
  const operation = questionOf(payment, call);
  if (operation === null) return null;
  const learned = await ask(ports, payment, { operation, at });
  if (learned.length === 0) return null;
  if (call.request.command !== 'resolve') return learned;
  const after = learned.reduce<Payment>((state, event) => evolve(state, { ...event, at }), payment);
  const resolution = commandOf(ports, after, { call, at });
  if (resolution.type !== 'ResolvePayment') return learned;
  const decided = decide(after, { ...resolution, operation: null, gatewayAnswered: true });
  return decided.accepted ? [...learned, ...decided.events] : learned;
}

function questionOf(payment: Payment, call: PaymentCall): Operation | null {
  const { request } = call;
  if (request.command === 'confirm' && payment.phase.name === 'REQUIRES_ACTION') {
    return payment.operations[payment.phase.intent - 1] ?? null;
  }
  if (request.command !== 'resolve' || request.operation === null) return null;
  // What was given back by hand is the operator's word alone.
  if (request.operation.outcome === 'undone') return null;
  return payment.operations[request.operation.intent - 1] ?? null;
}

/** Asks the gateway what became of an operation; the events of its word, none where it has none. */
export async function ask(
  ports: OrchestrationPorts,
  payment: Payment,
  { operation, at }: { readonly operation: Operation; readonly at: string },
): Promise<readonly PaymentEvent[]> {
  const gateway = ports.gateways.get(operation.gateway);
  if (gateway === null) return [];
  const call = gatewayCallOf(payment, operation);
  const word = await gateway.ask(call, ports.settings.gatewayTimeoutMs);
  // No word: it may still be on its way, or asking itself was refused or lost.
  const silent =
    word.outcome === 'not_found' || word.outcome === 'unknown' || word.outcome === 'refused';
  if (silent) return [];
  const command = answerCommand(ports, payment, {
    intent: operation.intent,
    answer: word,
    soleSender: false,
    at,
  });
  const decided = decide(payment, { ...command, defaultExpiresAt: windowEnd(ports, at) });
  return decided.accepted ? decided.events : [];
}
