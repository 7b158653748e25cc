import type { GatewayAnswer, GatewayCall, PaymentGateway } from '../gateways/payment-gateway.js';
import { DecorrelatedJitter } from '../gateways/resilience/decorrelated-jitter.js';
import type { Operation } from '../payments/payment.state.js';
import { isAttempt } from '../payments/payment.totals.js';
import type { OrchestrationPorts } from './orchestration.js';

const RESEND_PAUSES = { firstMs: 100, maxMs: 1_000 };

/** Sends an intent; one that belongs to this gateway alone is sent again while nothing could be sent. */
export async function sendIntent(
  ports: Pick<OrchestrationPorts, 'gateways' | 'clock' | 'chance' | 'settings'>,
  intent: {
    readonly operation: Operation;
    readonly call: GatewayCall;
    /** Monotonic; no send starts that cannot end before it. */
    readonly deadlineMs: number;
  },
): Promise<GatewayAnswer> {
  const { gateways, clock, chance, settings } = ports;
  const { operation, call, deadlineMs } = intent;
  const gateway = gateways.get(operation.gateway);
  let pauses: DecorrelatedJitter | null = null;
  for (;;) {
    // A process that was stopped since its intent was stored, or last sent, may have been taken over long ago.
    if (clock.monotonicMs() > deadlineMs) return notSentInTime(operation, gateway);
    const answer: GatewayAnswer =
      gateway === null
        ? { outcome: 'refused', reason: 'not_sent', message: 'gateway is not configured' }
        : await gateway.send(call, settings.gatewayTimeoutMs);
    const again =
      answer.outcome === 'refused' && answer.reason !== 'rejected' && !isAttempt(operation);
    if (!again) return answer;
    pauses ??= new DecorrelatedJitter(RESEND_PAUSES, chance);
    const pauseMs = pauses.nextMs();
    if (deadlineMs - clock.monotonicMs() < pauseMs + settings.gatewayTimeoutMs) {
      return { outcome: 'unknown', message: `not sent in time: ${answer.message}` };
    }
    await clock.pause(pauseMs);
  }
}

/**
 * Whoever takes the intent over sends it under its key. An attempt for which no key makes that safe is one that nobody
 * will ever send, which only its opener knows: it ends here, instead of waiting for an operator.
 */
function notSentInTime(operation: Operation, gateway: PaymentGateway | null): GatewayAnswer {
  const message = 'not sent in time';
  const keepsKeys = gateway !== null && gateway.capabilities.keysHonouredForMs !== null;
  return isAttempt(operation) && !keepsKeys
    ? { outcome: 'refused', reason: 'not_sent', message }
    : { outcome: 'unknown', message };
}
