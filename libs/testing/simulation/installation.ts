import type { EventStore } from '../../event-store/event-store.js';
import type { PaymentGateway } from '../../gateways/payment-gateway.js';
import { NoLock } from '../../locking/none/no-lock.js';
import { PaymentHooks } from '../../orchestration/hooks/payment-hooks.js';
import type { OrchestrationPorts } from '../../orchestration/orchestration.js';
import { amountLimitAssessor } from '../../risk/amount-limits.js';
import { DueTable } from './due-table.js';
import { GatewayWorld } from './gateway-world.js';
import { FOLDINGS, ReadModel } from './read-models.js';
import { SIMULATED_SETTINGS } from './simulated-settings.js';
import { SimulatedDirectory } from './simulated-directory.js';
import { SimulatedGateway } from './simulated-gateway.js';
import { SimulatedLock, type Holders } from './simulated-lock.js';
import type { Life } from './simulated-node.js';
import { SimulatedStore, StoreHealth } from './simulated-store.js';
import type { World } from './world.js';

/** What takes the place of a part of the house, to see whether a run finds it out. */
export interface Mutation {
  readonly store?: (store: EventStore, about: MutatedParts) => EventStore;
  readonly gateway?: (gateway: PaymentGateway) => PaymentGateway;
}

export interface MutatedParts {
  readonly world: World;
  /** The gateways as this process reaches them. */
  readonly gateways: readonly PaymentGateway[];
}

const REVIEW_ABOVE = 9_000n;
const REJECT_ABOVE = 9_900n;

/** All that survives crashes, and how a process is put together around it. */
export class Installation {
  readonly health = new StoreHealth();
  readonly due = new DueTable();
  readonly gateways: readonly GatewayWorld[];
  readonly models: readonly ReadModel[] = FOLDINGS.map((folding) => new ReadModel(folding));
  readonly #holders: Holders = new Map();
  /** Some installations keep no locks: nothing may depend on them. */
  readonly #locked: boolean;

  constructor(
    readonly world: World,
    private readonly mutation: Mutation,
  ) {
    this.gateways = [
      new GatewayWorld('alpha', world),
      new GatewayWorld('beta', world),
      new GatewayWorld('gamma', world, { purchase: false, keysHonouredForMs: null }),
    ];
    this.#locked = world.choose(3) > 0;
  }

  /** What the orchestration of one process is given. `ended` ends its reading of feeds. */
  portsOf(life: Life, ended: AbortSignal): OrchestrationPorts {
    const { world, mutation } = this;
    const reached = inOrderOf(life, this.gateways).map((gateway) => {
      const simulated = new SimulatedGateway(life, gateway, ended);
      return mutation.gateway?.(simulated) ?? simulated;
    });
    const store = new SimulatedStore(life, this.health);
    return {
      store: mutation.store?.(store, { world, gateways: reached }) ?? store,
      gateways: new SimulatedDirectory(world, reached, this.gateways),
      risk: amountLimitAssessor({ reviewAbove: REVIEW_ABOVE, rejectAbove: REJECT_ABOVE }),
      lock: this.#locked ? new SimulatedLock(life, this.#holders) : new NoLock(),
      hooks: new PaymentHooks([], { timeoutMs: 1, logger: { warn: () => undefined } }),
      clock: life.clock,
      chance: life.chance,
      settings: SIMULATED_SETTINGS,
      alarm: ({ kind, paymentId }) => world.note(`${life.name} alarms: ${kind} of ${paymentId}`),
    };
  }
}

/** Each process prefers another gateway, as its own vitals tell. */
function inOrderOf(life: Life, gateways: readonly GatewayWorld[]): readonly GatewayWorld[] {
  const first = life.world.choose(gateways.length);
  return [...gateways.slice(first), ...gateways.slice(0, first)];
}
