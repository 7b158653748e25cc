import type { Clock } from '../../platform/clock.js';
import type { Admission } from '../gateway-directory.js';
import {
  GatewayVitals,
  UnwatchedVitals,
  type BreakerView,
  type GatewayHealth,
  type GatewayStats,
} from '../gateway-vitals.js';
import type { ResilientGateway, SeenCall } from '../resilience/resilient-gateway.js';
import { GatewayRecord } from './gateway-record.js';

const UNWATCHED = new UnwatchedVitals();

/** The vitals of gateways as this process sees them, from memory. Every process has its own. */
export class LiveVitals extends GatewayVitals {
  readonly #gateways = new Map<string, ResilientGateway>();
  readonly #records = new Map<string, GatewayRecord>();

  constructor(private readonly clock: Clock) {
    super();
  }

  watch(gateway: ResilientGateway): void {
    this.#gateways.set(gateway.name, gateway);
    this.#records.set(gateway.name, new GatewayRecord());
  }

  /** Takes in a call; one that was shed says nothing of its gateway, a probe nothing of payments. */
  see({ gateway, kind, outcome, failed, durationMs, charge }: SeenCall): void {
    if (outcome === 'shed' || outcome === 'rate_limited') return;
    if (kind === 'facts' || kind === 'probe' || kind === 'ask') return;
    const decided = charge !== null && (outcome === 'approved' || outcome === 'declined');
    const decision = decided ? outcome : null;
    const observation = { decision, failed, latencyMs: durationMs };
    this.#records.get(gateway)?.add(observation, charge, this.clock.monotonicMs());
  }

  override stats(name: string, currency: string, method: string): GatewayStats {
    const record = this.#records.get(name);
    if (record === undefined) return UNWATCHED.stats();
    const nowMs = this.clock.monotonicMs();
    const totals = record.totalsOf(currency, method, nowMs);
    return {
      samples: totals.decided,
      successes: totals.approved,
      latencyP50Ms: totals.latencyP50Ms,
      latencyP95Ms: totals.latencyP95Ms,
      health: record.score(this.breaker(name).state, nowMs),
    };
  }

  override admits(name: string): Admission {
    return this.#gateways.get(name)?.admission() ?? UNWATCHED.admits();
  }

  override announce(name: string): void {
    this.#gateways.get(name)?.announce();
  }

  override withdraw(name: string): void {
    this.#gateways.get(name)?.withdraw();
  }

  override breaker(name: string): BreakerView {
    return this.#gateways.get(name)?.breaker() ?? UNWATCHED.breaker();
  }

  override health(name: string): GatewayHealth {
    const record = this.#records.get(name);
    if (record === undefined) return UNWATCHED.health();
    return record.health(this.breaker(name), this.clock.monotonicMs());
  }
}
