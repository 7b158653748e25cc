import type { PaymentEvent } from '../../payments/payment.events.js';
import type { Payment } from '../../payments/payment.state.js';
import type { OrchestrationPorts } from '../orchestration.js';
import type { PaymentCall } from '../payment-calls.js';
import type { BeforeSubject, HookedOperation } from './payment-hook.js';

/**
 * Whether a hook forbids what a client's call would do; null: none does. Only here, before the call's first event: what
 * the processor does by itself, and what follows an intent, has to come to its end.
 */
export async function hooksVeto(
  ports: OrchestrationPorts,
  call: PaymentCall,
  decided: { readonly payment: Payment | null; readonly events: readonly PaymentEvent[] },
): Promise<string | null> {
  const asked = operationOf(call, decided.events);
  if (asked === null || !ports.hooks.asksBefore(asked.operation)) return null;
  const { request, paymentId, actor } = call;
  const source = request.command === 'create' ? request : decided.payment;
  if (source === null) return null;
  const { merchantId, currency, customerId, orderId } = source;
  const amount = asked.amount ?? source.amount;
  const subject: BeforeSubject = {
    paymentId,
    merchantId,
    actor,
    amount,
    currency,
    customerId,
    orderId,
  };
  return await ports.hooks.vetoOn(asked.operation, subject);
}

/** `amount` null: that of the payment. */
function operationOf(
  { request, dryRun }: PaymentCall,
  events: readonly PaymentEvent[],
): { readonly operation: HookedOperation; readonly amount: bigint | null } | null {
  if (dryRun) return null;
  if (request.command === 'create' || request.command === 'retry') {
    // Risk refused it already: nothing will be authorized.
    const over = events.some(({ type }) => type === 'PaymentFailed');
    return over ? null : { operation: 'authorize', amount: null };
  }
  for (const event of events) {
    if (event.type === 'CaptureRequested' && request.command === 'capture') {
      return { operation: 'capture', amount: BigInt(event.data.amount) };
    }
    if (event.type === 'RefundRequested' && request.command === 'refund') {
      return { operation: 'refund', amount: BigInt(event.data.amount) };
    }
  }
  return null;
}
