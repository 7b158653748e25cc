import type { Decision } from '../payments/decision.js';
import { decide } from '../payments/payment.decide.js';
import type { PaymentEvent } from '../payments/payment.events.js';
import { evolve } from '../payments/payment.evolve.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { commandOf } from './call-commands.js';
import { NOT_ASSESSED } from './call-verdict.js';
import { askGateway } from './gateway-word.js';
import type { OrchestrationPorts } from './orchestration.js';
import type { PaymentCall } from './payment-calls.js';
import type { PaymentWork } from './payment-work.js';

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
  const { events: learned, outcome } = await askGateway(ports, payment, { operation, at });
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
