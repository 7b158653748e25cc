import type { ApiParts } from '../../apps/api/api.module.js';
import type { EventStore } from '../event-store/event-store.js';
import { UnwatchedVitals } from '../gateways/gateway-vitals.js';
import { LiveGateways } from '../gateways/live-gateways.js';
import type { PaymentGateway } from '../gateways/payment-gateway.js';
import { initialProfile } from '../gateways/registry/gateway-profile.js';
import { GatewayRegistry } from '../gateways/registry/gateway-registry.js';
import { RoutingRules } from '../gateways/routing/routing-rules.js';
import { NoLock } from '../locking/none/no-lock.js';
import { PaymentHooks } from '../orchestration/hooks/payment-hooks.js';
import { DEFAULT_ORCHESTRATION_SETTINGS } from '../orchestration/orchestration.js';
import { SYSTEM_CHANCE } from '../platform/chance.js';
import { SystemClock } from '../platform/clock.js';
import { amountLimitAssessor } from '../risk/amount-limits.js';

/** Orchestration around these gateways, which nobody watches, with limits of risk as given. */
export function orchestrationOf(
  store: EventStore,
  gateways: readonly PaymentGateway[],
  limits: { readonly reviewAbove: bigint | null } = { reviewAbove: null },
): ApiParts['orchestration'] {
  const clock = new SystemClock();
  const profiles = gateways.map(({ name }) => initialProfile({ name, adapter: 'scripted' }));
  const registry = new GatewayRegistry({ store, clock }, profiles);
  const rules = new RoutingRules({ store, clock }, registry.names());
  const live = new LiveGateways(gateways, { registry, rules, vitals: new UnwatchedVitals() });
  return {
    ports: {
      store,
      gateways: live,
      risk: amountLimitAssessor({ ...limits, rejectAbove: null }),
      lock: new NoLock(),
      hooks: new PaymentHooks([], { timeoutMs: 1, logger: { warn: () => undefined } }),
      clock,
      chance: SYSTEM_CHANCE,
      settings: DEFAULT_ORCHESTRATION_SETTINGS,
      alarm: () => undefined,
    },
    gateways: live,
    registry,
    rules,
  };
}
