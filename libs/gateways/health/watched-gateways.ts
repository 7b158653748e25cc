import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/logging.js';
import type { Metrics } from '../../platform/metrics.js';
import type { BreakerState, GatewayVitals } from '../gateway-vitals.js';
import type { PaymentGateway } from '../payment-gateway.js';
import type { BreakerChange } from '../resilience/gateway-doors.js';
import type { ResilienceSettings } from '../resilience/resilience-settings.js';
import { ResilientGateway, type SeenCall } from '../resilience/resilient-gateway.js';
import { GatewayProbes } from './gateway-probes.js';
import { LiveVitals } from './live-vitals.js';

export interface WatchedGateways {
  /** In the order given, each behind its own breaker and bulkhead. */
  readonly gateways: readonly ResilientGateway[];
  readonly vitals: GatewayVitals;
  /** Ends the probes. */
  close(): void;
}

/** An adapter and what is to stand before it. */
export interface WatchedAdapter {
  readonly adapter: PaymentGateway;
  readonly settings: ResilienceSettings;
}

export interface WatchParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const STATE_VALUES = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 } as const satisfies Record<
  BreakerState,
  number
>;

/** Puts every adapter behind its breaker and bulkhead, watches their calls, and probes those out of service. */
export function watchGateways(
  adapters: readonly WatchedAdapter[],
  probeIntervalMs: number,
  parts: WatchParts,
): WatchedGateways {
  const { clock, logger } = parts;
  const vitals = new LiveVitals(clock);
  const meters = new GatewayMeters(parts.metrics, () => gateways);
  const gateways = adapters.map(
    ({ adapter, settings }) =>
      new ResilientGateway(adapter, settings, {
        clock,
        onCall: (call) => {
          vitals.see(call);
          meters.count(call);
        },
        onChange: (gateway, change) => {
          meters.countChange(gateway, change);
          logger.warn({ gateway, ...change }, 'the breaker of a gateway changed');
        },
      }),
  );
  for (const gateway of gateways) vitals.watch(gateway);
  const probes = new GatewayProbes(gateways, { intervalMs: probeIntervalMs, logger });
  probes.start();
  return { gateways, vitals, close: () => probes.close() };
}

class GatewayMeters {
  readonly #changes;
  readonly #calls;
  readonly #durations;

  constructor(metrics: Metrics, gateways: () => readonly ResilientGateway[]) {
    metrics.gauge(
      {
        name: 'gateway_breaker_state',
        help: 'The breaker of a gateway: 0 closed, 1 half open, 2 open.',
        labels: ['gateway'],
      },
      (gauge) => {
        for (const gateway of gateways()) {
          gauge.set({ gateway: gateway.name }, STATE_VALUES[gateway.breaker().state]);
        }
      },
    );
    this.#changes = metrics.counter({
      name: 'gateway_breaker_changes_total',
      help: "Changes of a gateway's breaker, by the state that it changed to.",
      labels: ['gateway', 'to'],
    });
    this.#calls = metrics.counter({
      name: 'gateway_calls_total',
      help: 'Calls to a gateway; shed: refused here, nothing was sent.',
      labels: ['gateway', 'operation', 'outcome'],
    });
    this.#durations = metrics.histogram({
      name: 'gateway_call_duration_seconds',
      help: 'How long calls to a gateway took, without what was shed.',
      labels: ['gateway', 'operation'],
    });
  }

  count({ gateway, kind, outcome, durationMs }: SeenCall): void {
    this.#calls.inc({ gateway, operation: kind, outcome });
    if (outcome === 'shed') return;
    this.#durations.observe({ gateway, operation: kind }, durationMs / 1000);
  }

  countChange(gateway: string, { to }: BreakerChange): void {
    this.#changes.inc({ gateway, to });
  }
}
