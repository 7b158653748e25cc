import type { RoutingDecision } from '../payments/payment.events.js';
import type { PaymentCommand } from '../payments/payment.commands.js';
import type { NextStep } from '../payments/payment.next-step.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { nextIntentKey } from './gateway-calls.js';
import type { OrchestrationPorts } from './orchestration.js';
import { routingSubjectOf } from './other-gateway.js';

/** What a step's command is made of. */
export interface StepContext {
  readonly ports: OrchestrationPorts;
  readonly payment: Payment;
  readonly at: string;
  /** Monotonic; no effect starts that cannot end before it. */
  readonly deadlineMs: number;
  /** What becomes of an attempt while all gateways that could take it are busy. */
  readonly whenBusy: 'refuse' | 'wait' | 'fail';
}

/** Nothing of the call is durable yet, and all gateways that could take the payment are busy. */
export class GatewaysBusy extends Error {
  readonly code = 'GATEWAYS_BUSY';
  constructor(readonly retryAfterS: number) {
    super('all gateways that could take the payment are busy');
  }
}

const MESSAGE_CHARS_MAX = 1_000;

/** The command that a due step leads to; null where it must wait. @throws GatewaysBusy */
export function commandOfStep(step: NextStep, context: StepContext): PaymentCommand | null {
  const { payment, at } = context;
  switch (step.step) {
    case 'attempt':
      return attemptCommand(step, context);
    case 'capture':
      if (!hasTime(context)) return null;
      return { type: 'StartCapture', trigger: step.trigger, key: keyOf(context, 'capture'), at };
    case 'void':
      if (!hasTime(context)) return null;
      return { type: 'StartVoid', cause: step.cause, key: keyOf(context, 'void'), at };
    case 'undo': {
      if (!hasTime(context)) return null;
      const target = payment.operations[step.target - 1];
      const key = keyOf(context, target?.operation === 'authorize' ? 'void' : 'refund');
      return { type: 'StartUndo', target: step.target, refundId: `ref_${key}`, key, at };
    }
    case 'none':
    case 'learn':
    case 'ask_action':
    case 'ask_authorization':
      return null;
  }
}

function attemptCommand(
  step: Extract<NextStep, { step: 'attempt' }>,
  context: StepContext,
): PaymentCommand | null {
  const { ports, payment, at } = context;
  const { gateway, decision, busyForS } = ports.gateways.route({
    subject: routingSubjectOf(payment),
    operation: step.operation,
    gateway: step.gateway,
    tried: step.tried,
  });
  if (gateway === null) {
    if (busyForS !== undefined && context.whenBusy === 'refuse') throw new GatewaysBusy(busyForS);
    if (busyForS !== undefined && context.whenBusy === 'wait') return null;
    const message = noGatewayMessage(decision);
    return { type: 'FailPayment', code: 'no_gateway_available', message, at };
  }
  if (!hasTime(context)) return null;
  const operation = gateway.capabilities.purchase ? step.operation : 'authorize';
  const key = keyOf(context, operation);
  return { type: 'StartAttempt', operation, gateway: gateway.name, routing: decision, key, at };
}

/** A call to a gateway that starts now ends before the deadline. */
function hasTime({ ports, deadlineMs }: StepContext): boolean {
  return ports.clock.monotonicMs() + ports.settings.gatewayTimeoutMs <= deadlineMs;
}

function keyOf({ payment }: StepContext, operation: Operation['operation']): string {
  return nextIntentKey(payment, payment.id, operation);
}

/** With why each gateway fell out, as no other event tells of this choice. */
function noGatewayMessage({ gateways, fallenOut }: RoutingDecision): string {
  const reasons = gateways.map((gateway) => `${gateway} ${fallenOut[gateway] ?? ''}`).join('; ');
  return `No gateway could take the payment: ${reasons}`.slice(0, MESSAGE_CHARS_MAX);
}
