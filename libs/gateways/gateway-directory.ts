import type { RoutingDecision } from '../payments/payment.events.js';
import type { PaymentGateway } from './payment-gateway.js';

/** What a choice may depend on. Amount in minor units. */
export interface RoutingSubject {
  readonly paymentId: string;
  readonly merchantId: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly paymentMethod: {
    readonly type: string;
    readonly token: string;
    readonly network: string | null;
    readonly country: string | null;
  };
  readonly customerId: string | null;
  readonly orderId: string | null;
  readonly metadata: { readonly [name: string]: string } | null;
}

export interface RoutingRequest {
  readonly subject: RoutingSubject;
  readonly operation: 'authorize' | 'purchase';
  /** The same gateway again; null: the best that is not in `tried`. */
  readonly gateway: string | null;
  readonly tried: readonly string[];
}

export interface Route {
  /** Null: none is eligible. */
  readonly gateway: PaymentGateway | null;
  readonly decision: RoutingDecision;
  /** Seconds until asking again makes sense, where no gateway was taken only because those that fit are busy. */
  readonly busyForS?: number;
}

/** Whether a gateway takes calls now; asked before an intent is opened. */
export type Admission =
  | { readonly admitted: true }
  | {
      readonly admitted: false;
      readonly reason: string;
      readonly retryAfterS: number;
      /** It works, and has as many calls as it may have at the moment. */
      readonly busy?: true;
    };

/** The gateways of this installation. */
export abstract class GatewayDirectory {
  abstract all(): readonly PaymentGateway[];
  /** Null for a gateway that is not configured (any more). */
  abstract get(name: string): PaymentGateway | null;
  /** The gateway for the next attempt, and why; synchronous: everything it depends on is in memory. */
  abstract route(request: RoutingRequest): Route;
  /** An open breaker, a full bulkhead, or no such gateway refuses. */
  abstract admits(name: string): Admission;

  /** Says that a call to this gateway is about to start: from here on it has a place, which `admits` counts. */
  announce(_name: string): void {}
  /** An announced call will not begin: its intent was not stored. */
  withdraw(_name: string): void {}
}

/** The answer for a gateway that nobody configured here. */
export const UNCONFIGURED: Admission = {
  admitted: false,
  reason: 'is not configured',
  retryAfterS: 60,
};

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
    const gateways = this.all().map(({ name }) => name);
    const fallenOut = gateways.flatMap((name) => {
      const reason = misfit(name, request);
      return reason === null ? [] : [[name, reason] as const];
    });
    const gateway = gateways.find((name) => misfit(name, request) === null);
    const onceMore = request.gateway === null ? 'configured_order' : 'once_more';
    const by = gateway === undefined ? null : onceMore;
    return {
      gateway: gateway === undefined ? null : this.get(gateway),
      decision: {
        by,
        gateways,
        fallenOut: Object.fromEntries(fallenOut),
        rulesVersion: 0,
        rule: null,
        scored: null,
      },
    };
  }

  override admits(name: string): Admission {
    return this.#gateways.has(name) ? { admitted: true } : UNCONFIGURED;
  }
}

/** Why the gateway can't be taken; null: it can. */
function misfit(name: string, { gateway, tried }: RoutingRequest): string | null {
  if (gateway === null) return tried.includes(name) ? 'tried already' : null;
  return name === gateway ? null : 'another gateway is tried once more';
}
