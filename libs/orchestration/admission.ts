import type { PaymentEvent } from '../payments/payment.events.js';
import type { OrchestrationPorts } from './orchestration.js';

/** Why the gateway of an intent about to be opened does not take it now; null: all do. */
export function refusedAdmission(
  ports: Pick<OrchestrationPorts, 'gateways'>,
  events: readonly PaymentEvent[],
): { readonly detail: string; readonly retryAfterS: number } | null {
  for (const { data } of events) {
    if (!('key' in data) || !('gateway' in data)) continue;
    const admission = ports.gateways.admits(data.gateway);
    if (admission.admitted) continue;
    const detail = `The gateway ${data.gateway} of this payment ${admission.reason}.`;
    return { detail, retryAfterS: admission.retryAfterS };
  }
  return null;
}
