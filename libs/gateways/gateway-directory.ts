import type { RoutingDecision } from '../payments/payment.events.js';
import type { PaymentGateway } from './payment-gateway.js';

/** What a choice depends on. */
export interface RoutingRequest {
  readonly paymentId: string;
  readonly operation: 'authorize' | 'purchase';
  readonly amount: bigint;
  readonly currency: string;
  /** The same gateway again; null: the best that is not in `tried`. */
  readonly gateway: string | null;
  readonly tried: readonly string[];
}

export interface Route {
  /** Null: none is eligible. */
  readonly gateway: PaymentGateway | null;
  readonly decision: RoutingDecision;
}

/** The gateways of this installation. */
export abstract class GatewayDirectory {
  abstract all(): readonly PaymentGateway[];
  /** Null for a gateway that is not configured (any more). */
  abstract get(name: string): PaymentGateway | null;
  abstract route(request: RoutingRequest): Route;
}

/** Takes the first configured gateway that was not tried yet. */
export class ConfiguredGateways extends GatewayDirectory {
  readonly #gateways: ReadonlyMap<string, PaymentGateway>;

  constructor(gateways: readonly PaymentGateway[]) {
    super();
    this.#gateways = new Map(gateways.map((gateway) => [gateway.name, gateway]));
  }

  override all(): readonly PaymentGateway[] {
    return [...this.#gateways.values()];
  }

  override get(name: string): PaymentGateway | null {
    return this.#gateways.get(name) ?? null;
  }

  override route(request: RoutingRequest): Route {
    const candidates = this.all().map((gateway) => ({
      gateway: gateway.name,
      ...eligibility(gateway.name, request),
    }));
    const chosen = candidates.find(({ eligible }) => eligible);
    return {
      gateway: chosen === undefined ? null : this.get(chosen.gateway),
      decision: { candidates },
    };
  }
}

function eligibility(
  name: string,
  request: RoutingRequest,
): { readonly eligible: boolean; readonly reason: string } {
  if (request.gateway !== null) {
    return name === request.gateway
      ? { eligible: true, reason: 'the same gateway may be tried once more' }
      : { eligible: false, reason: 'another gateway is tried once more' };
  }
  return request.tried.includes(name)
    ? { eligible: false, reason: 'tried already' }
    : { eligible: true, reason: 'configured' };
}
