import type { JsonObject } from '../event-store/event-store.js';
import type { CreatePayment, PaymentCommand } from '../payments/payment.commands.js';
import type { PaymentEvent, RiskVerdict } from '../payments/payment.events.js';
import type { Payment } from '../payments/payment.state.js';
import { leftToRefund } from '../payments/payment.totals.js';
import { EVENT_VERSIONS } from '../payments/payment.upcasters.js';
import { refundIdOf } from '../platform/ids.js';
import { nextIntentKey } from './gateway-calls.js';
import { windowEnd } from './gateway-word.js';
import type { OrchestrationPorts } from './orchestration.js';
import type { CallAnswer, PaymentCall, PaymentRequest } from './payment-calls.js';

/** The domain command of a client's request, with the ids, time and verdicts that the core does not make. */
export function commandOf(
  ports: OrchestrationPorts,
  payment: Payment | null,
  {
    call,
    at,
    risk,
  }: { readonly call: PaymentCall; readonly at: string; readonly risk: RiskVerdict },
): PaymentCommand {
  const { request, paymentId } = call;
  switch (request.command) {
    case 'create':
      return createCommand(request, { paymentId, risk, at });
    case 'confirm':
      return { type: 'ConfirmPayment', at };
    case 'capture': {
      const { amount, final } = request;
      const key = nextIntentKey(payment, paymentId, 'capture');
      const unsupported = lacks(ports, payment, request);
      return { type: 'CapturePayment', amount, final, key, unsupported, at };
    }
    case 'cancel': {
      const key = nextIntentKey(payment, paymentId, 'void');
      return { type: 'CancelPayment', reason: request.reason, key, at };
    }
    case 'increment_authorization': {
      const key = nextIntentKey(payment, paymentId, 'increment');
      const unsupported = lacks(ports, payment, request);
      return { type: 'IncrementAuthorization', amount: request.amount, key, unsupported, at };
    }
    case 'retry': {
      const { paymentMethod } = request;
      return { type: 'RetryPayment', paymentMethod, risk, at };
    }
    case 'refund': {
      const { amount, reason } = request;
      const key = nextIntentKey(payment, paymentId, 'refund');
      const unsupported = lacks(ports, payment, request);
      const windowDays = ports.settings.refundWindowDays;
      const refundId = refundIdOf(ports.chance.newId());
      return { type: 'RefundPayment', refundId, amount, reason, key, unsupported, windowDays, at };
    }
    case 'approve':
      return { type: 'ApproveReview', reason: request.reason, at };
    case 'reject': {
      const key = nextIntentKey(payment, paymentId, 'void');
      return { type: 'RejectReview', reason: request.reason, key, at };
    }
    case 'resolve': {
      const { reason, operation } = request;
      return {
        type: 'ResolvePayment',
        reason,
        operation,
        gatewayAnswered: false,
        defaultExpiresAt: windowEnd(ports, at),
        at,
      };
    }
  }
}

// Name by name: this is on the path of every payment, and copying all but one property is many times as slow.
function createCommand(
  request: Extract<PaymentRequest, { command: 'create' }>,
  { paymentId, risk, at }: Pick<CreatePayment, 'paymentId' | 'risk' | 'at'>,
): CreatePayment {
  return {
    type: 'CreatePayment',
    paymentId,
    merchantId: request.merchantId,
    amount: request.amount,
    currency: request.currency,
    captureMethod: request.captureMethod,
    captureAfterS: request.captureAfterS,
    paymentMethod: request.paymentMethod,
    customerId: request.customerId,
    orderId: request.orderId,
    description: request.description,
    metadata: request.metadata,
    customerIpHash: request.customerIpHash,
    customerEmailHash: request.customerEmailHash,
    risk,
    at,
  };
}

/** The payment's gateway does not offer what the request needs. */
function lacks(
  ports: OrchestrationPorts,
  payment: Payment | null,
  request: PaymentRequest,
): boolean {
  if (payment === null || payment.base === null) return false;
  const name = payment.operations[payment.base - 1]?.gateway;
  const capabilities = name === undefined ? undefined : ports.gateways.get(name)?.capabilities;
  if (capabilities === undefined) return false;
  if (request.command === 'increment_authorization') return !capabilities.increment;
  if (request.command === 'capture') {
    return !capabilities.multipleCaptures && payment.amountCaptured > 0n;
  }
  if (request.command === 'refund') {
    const partial = request.amount !== null && request.amount < leftToRefund(payment);
    return partial && !capabilities.partialRefunds;
  }
  return false;
}

/** The events as they would be stored; ids that a real call derives are null. */
export function dryRunEvents(
  events: readonly PaymentEvent[],
): Extract<CallAnswer, { kind: 'dry_run' }>['events'] {
  return events.map(({ type, data }) => {
    // Event data is JSON as stored by its types; TypeScript can't see an interface as an index signature.
    const stored = data as unknown as JsonObject;
    const hidden = Object.fromEntries(
      DERIVED_IDS.filter((name) => name in stored).map((name) => [name, null]),
    );
    return { type, version: EVENT_VERSIONS[type], data: { ...stored, ...hidden } };
  });
}

const DERIVED_IDS = ['paymentId', 'key', 'refundId'] as const;
