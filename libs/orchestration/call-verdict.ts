import type { RecordedEvent } from '../event-store/event-store.js';
import type { RiskVerdict } from '../payments/payment.events.js';
import { decide } from '../payments/payment.decide.js';
import type { Payment } from '../payments/payment.state.js';
import type { RiskSubject } from '../risk/risk-assessor.js';
import { commandOf } from './call-commands.js';
import type { OrchestrationPorts } from './orchestration.js';
import type { PaymentCall, PaymentRequest } from './payment-calls.js';
import { subjectOf } from './risk-subject.js';

/** Stands where no verdict is needed: the call is no attempt, or is refused whatever the verdict says. */
export const NOT_ASSESSED: RiskVerdict = { verdict: 'approve', score: 0, reasons: [] };

/** The verdict on the attempt that a create or a retry asks for. */
export async function verdictOn(
  ports: OrchestrationPorts,
  call: PaymentCall,
  known: {
    readonly payment: Payment | null;
    readonly events: readonly RecordedEvent[];
    readonly at: string;
  },
): Promise<RiskVerdict> {
  const { request, paymentId } = call;
  const { payment, events, at } = known;
  const how = call.dryRun ? 'dry_run' : 'in_earnest';
  if (request.command === 'create') {
    if (payment !== null) return NOT_ASSESSED;
    return await ports.risk.assess(subjectOfCreate(request, paymentId, at), how);
  }
  if (request.command !== 'retry' || payment === null) return NOT_ASSESSED;
  // Nobody is asked, and no attempt counted elsewhere, for a retry that the payment does not allow.
  const command = commandOf(ports, payment, { call, at, risk: NOT_ASSESSED });
  if (!decide(payment, command).accepted) return NOT_ASSESSED;
  const subject = subjectOf(payment, events, at);
  const paymentMethod = request.paymentMethod ?? payment.paymentMethod;
  return await ports.risk.assess({ ...subject, paymentMethod }, how);
}

// Name by name: a copy of the whole request with more put on is one of the dearest things on the path of a create.
function subjectOfCreate(
  request: Extract<PaymentRequest, { command: 'create' }>,
  paymentId: string,
  at: string,
): RiskSubject {
  return {
    paymentId,
    merchantId: request.merchantId,
    amount: request.amount,
    currency: request.currency,
    paymentMethod: request.paymentMethod,
    customerId: request.customerId,
    orderId: request.orderId,
    metadata: request.metadata,
    customerIpHash: request.customerIpHash,
    customerEmailHash: request.customerEmailHash,
    at,
  };
}
