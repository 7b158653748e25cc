import {
  ConfiguredGateways,
  type Admission,
  type Route,
  type RoutingRequest,
} from '../../gateways/gateway-directory.js';
import type { PaymentGateway } from '../../gateways/payment-gateway.js';
import type { GatewayWorld } from './gateway-world.js';
import type { World } from './world.js';

const BUSY_FOR_S = 1;

/** The gateways of one process: it has an order of its own, and shuts its doors to those that have too much to do. */
export class SimulatedDirectory extends ConfiguredGateways {
  readonly #there: ReadonlyMap<string, GatewayWorld>;

  constructor(
    private readonly world: World,
    gateways: readonly PaymentGateway[],
    there: readonly GatewayWorld[],
  ) {
    super(gateways);
    this.#there = new Map(there.map((gateway) => [gateway.name, gateway]));
  }

  override route(request: RoutingRequest): Route {
    const busy = this.all().flatMap(({ name }) => (this.#isBusy(name) ? [name] : []));
    const route = super.route({ ...request, tried: [...request.tried, ...busy] });
    if (route.gateway !== null || busy.length === 0 || request.gateway !== null) return route;
    const free = super.route(request).gateway !== null;
    return free ? { ...route, busyForS: BUSY_FOR_S } : route;
  }

  override admits(name: string): Admission {
    if (!this.#isBusy(name)) return super.admits(name);
    this.world.faults.met('gateway_busy');
    return { admitted: false, reason: 'has its hands full', retryAfterS: BUSY_FOR_S, busy: true };
  }

  #isBusy(name: string): boolean {
    return this.#there.get(name)?.busy ?? false;
  }
}
