import type { GatewayAnswer, GatewayCall } from '../gateways/payment-gateway.js';
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
    if (clock.monotonicMs() > deadlineMs) {
      return { outcome: 'unknown', message: 'not sent in time' };
    }
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
