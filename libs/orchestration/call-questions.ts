import type { GatewayWord } from '../gateways/payment-gateway.js';
import type { Decision } from '../payments/decision.js';
import { decide } from '../payments/payment.decide.js';
import type { PaymentEvent } from '../payments/payment.events.js';
import { evolve } from '../payments/payment.evolve.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { commandOf } from './call-commands.js';
import { gatewayCallOf } from './gateway-calls.js';
import type { OrchestrationPorts } from './orchestration.js';
import type { PaymentCall } from './payment-calls.js';
import { answerCommand } from './gateway-word.js';
import type { PaymentWork } from './payment-work.js';
import { NOT_ASSESSED } from './risk-subject.js';

/**
 * What the gateway tells before a call is decided: a confirm asks about the customer's act, a resolution about the
 * operation that it names. Null: nothing was asked, or nothing new was said, and the first decision stands. `pending`: the
 * gateway may still pay the refund that an operator would close.
 */
export async function askedFirst(
  ports: OrchestrationPorts,
  work: PaymentWork,
  {
    call,
    first,
    at,
  }: { readonly call: PaymentCall; readonly first: Decision; readonly at: string },
): Promise<readonly PaymentEvent[] | 'pending' | null> {
  const { payment } = work;
  if (payment === null || !first.accepted) return null;
  const operation = questionOf(payment, call);
  if (operation === null) return null;
  const { events: learned, outcome } = await ask(ports, payment, { operation, at });
  if (learned.length === 0) {
    return operation.operation === 'refund' && outcome === 'pending' ? outcome : null;
  }
  if (call.request.command !== 'resolve') return learned;
  const after = learned.reduce<Payment>((state, event) => evolve(state, { ...event, at }), payment);
  const resolution = commandOf(ports, after, { call, at, risk: NOT_ASSESSED });
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

export interface Learned {
  /** Events of the gateway's word; none where it has none or nothing new. */
  readonly events: readonly PaymentEvent[];
  readonly outcome: GatewayWord['outcome'];
}

/** Asks the gateway what became of an operation. */
export async function ask(
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
  const { intent } = operation;
  const decided = decide(
    payment,
    answerCommand(ports, payment, { intent, answer: word, soleSender: false, at }),
  );
  return { events: decided.accepted ? decided.events : [], outcome };
}
