import { derivedUuid } from '../platform/ids.js';
import {
  GatewayDirectory,
  UNCONFIGURED,
  type Admission,
  type Route,
  type RoutingRequest,
  type RoutingSubject,
} from './gateway-directory.js';
import type { BreakerState, GatewayHealth, GatewayVitals } from './gateway-vitals.js';
import type { PaymentGateway } from './payment-gateway.js';
import type { GatewayProfile } from './registry/gateway-profile.js';
import type { GatewayRegistry } from './registry/gateway-registry.js';
import { explainRouting, type RoutingExplanation } from './routing/explain-routing.js';
import { route } from './routing/route.js';
import type { RoutingRules } from './routing/routing-rules.js';
import type { RoutingSignal } from './routing/routing-signal.js';
import { ROUTING_SIGNALS } from './routing/routing-signals.js';

const ADMITTED: Admission = { admitted: true };

/** A gateway as operators see it. */
export interface GatewayDescription extends GatewayProfile {
  readonly health: GatewayHealth;
  readonly breaker: BreakerState;
  /** A sentence: whether it takes payments, and why not. */
  readonly reason: string;
}

/** The configured gateways with what operators set of them, how they do, and the rules of the choice; all in memory. */
export class LiveGateways extends GatewayDirectory {
  readonly #gateways: ReadonlyMap<string, PaymentGateway>;
  readonly #registry: GatewayRegistry;
  readonly #rules: RoutingRules;
  readonly #vitals: GatewayVitals;
  readonly #signals: readonly RoutingSignal[];

  constructor(
    gateways: readonly PaymentGateway[],
    known: {
      readonly registry: GatewayRegistry;
      readonly rules: RoutingRules;
      readonly vitals: GatewayVitals;
      /** What a choice weighs; unless said otherwise what is registered. */
      readonly signals?: readonly RoutingSignal[];
    },
  ) {
    super();
    this.#gateways = new Map(gateways.map((gateway) => [gateway.name, gateway]));
    this.#registry = known.registry;
    this.#rules = known.rules;
    this.#vitals = known.vitals;
    this.#signals = known.signals ?? ROUTING_SIGNALS;
  }

  override all(): readonly PaymentGateway[] {
    return [...this.#gateways.values()];
  }

  override get(name: string): PaymentGateway | null {
    return this.#gateways.get(name) ?? null;
  }

  override route(request: RoutingRequest): Route {
    const { subject } = request;
    const { currency, paymentMethod } = subject;
    const candidates = this.#registry.all().map((profile) => ({
      profile,
      acceptsToken: this.get(profile.name)?.acceptsToken(paymentMethod.token) ?? false,
      admission: this.admits(profile.name),
      stats: this.#vitals.stats(profile.name, currency, paymentMethod.type),
    }));
    const { version: rulesVersion, weights } = this.#rules.current();
    const rule = this.#rules.ruleFor(subject);
    const signals = this.#signals;
    const inputs = { request, signals, weights, rulesVersion, rule };
    const { gateway, decision } = route({ ...inputs, candidates });
    if (gateway !== null) return { gateway: this.get(gateway), decision };
    const free = candidates.map((candidate) =>
      isBusy(candidate.admission) ? { ...candidate, admission: ADMITTED } : candidate,
    );
    const choice = route({ ...inputs, candidates: free }).gateway;
    if (choice === null) return { gateway: null, decision };
    const admission = this.admits(choice);
    return { gateway: null, decision, busyForS: admission.admitted ? 1 : admission.retryAfterS };
  }

  /** A disabled gateway gets no new payments, but goes on with those that it has. */
  override admits(name: string): Admission {
    return this.#gateways.has(name) ? this.#vitals.admits(name) : UNCONFIGURED;
  }

  override announce(name: string): void {
    this.#vitals.announce(name);
  }

  override withdraw(name: string): void {
    this.#vitals.withdraw(name);
  }

  /** What would be chosen for a payment that doesn't exist, and why; the same subject is always answered alike. */
  simulate(subject: Omit<RoutingSubject, 'paymentId'>): RoutingExplanation {
    const { amount, ...rest } = subject;
    const paymentId = derivedUuid('simulated', amount.toString(), JSON.stringify(rest));
    const request = { operation: 'purchase', gateway: null, tried: [] } as const;
    const { gateway, decision } = this.route({ ...request, subject: { ...subject, paymentId } });
    const chosen = { paymentId, gateway: gateway?.name ?? null };
    return explainRouting(decision, chosen, this.#signals);
  }

  /** In configured order. */
  describeAll(): readonly GatewayDescription[] {
    return this.#registry.all().map((profile) => this.#describe(profile));
  }

  /** Null for a gateway that is not configured. */
  describe(name: string): GatewayDescription | null {
    const profile = this.#registry.get(name);
    return profile && this.#describe(profile);
  }

  #describe(profile: GatewayProfile): GatewayDescription {
    const { name, enabled } = profile;
    const breaker = this.#vitals.breaker(name);
    const health = this.#vitals.health(name);
    const admission = this.admits(name);
    const reason = enabled
      ? admission.admitted
        ? (breaker.reason ?? health.reason)
        : admission.reason
      : 'is disabled by an operator';
    return { ...profile, health, breaker: breaker.state, reason };
  }
}

function isBusy(admission: Admission): boolean {
  return !admission.admitted && admission.busy === true;
}
