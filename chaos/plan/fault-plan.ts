import type { LinkFault } from '../faults/fault-proxy.js';
import { Chance } from './chance.js';
import {
  API_NODES,
  FOLLOWERS,
  GATEWAYS,
  MEMBERS,
  type Engines,
  type GatewayName,
  type LinkName,
  type Victim,
} from './names.js';

/** Something that goes wrong, until `forMs` are over. */
export type Fault =
  /** SIGKILL; started again afterwards. */
  | { readonly kind: 'kill'; readonly victims: readonly Victim[]; readonly forMs: number }
  /** SIGKILL to one server process of Postgres, which then recovers by itself. */
  | { readonly kind: 'kill_backend'; readonly nth: number; readonly forMs: 0 }
  /** SIGSTOP, then SIGCONT. */
  | { readonly kind: 'stop'; readonly victim: Victim; readonly forMs: number }
  | {
      readonly kind: 'link';
      readonly link: LinkName;
      readonly fault: LinkFault;
      readonly forMs: number;
    }
  | {
      readonly kind: 'gateway';
      readonly gateway: GatewayName;
      /** As the simulator takes them. */
      readonly faults: Readonly<Record<string, number>>;
      readonly forMs: number;
    };

export interface PlannedFault {
  /** Since the fault before it began; more where the house answers slowly. */
  readonly afterMs: number;
  readonly fault: Fault;
}

const GAP_MIN_MS = 100;
const GAP_MAX_MS = 1_000;
const LONG_SHARE = 0.15;
/** Longer than leases last, and than a running call is left alone. */
const LONG_MIN_MS = 7_000;
const LONG_MAX_MS = 10_000;
const BACKENDS_MAX = 1_000;

/** What goes wrong, without end: the same for the same seed. Every kind comes once before any comes again. */
export function* faultPlan(seed: number, engines: Engines): Generator<PlannedFault, never> {
  const chance = new Chance(seed, 'faults');
  const round = [
    ...DRAWS,
    ...(engines.redis ? REDIS_DRAWS : []),
    ...(engines.eventStoreDb ? EVENT_STORE_DRAWS : []),
  ];
  // A run that comes to nothing else has killed something at least.
  yield { afterMs: GAP_MIN_MS, fault: kill(chance, [chance.one(API_NODES)]) };
  for (;;) {
    for (const draw of chance.shuffled(round)) {
      yield { afterMs: chance.from(GAP_MIN_MS, GAP_MAX_MS), fault: draw(chance) };
    }
  }
}

type Draw = (chance: Chance) => Fault;

/** One round of a run. */
const DRAWS: readonly Draw[] = [
  (chance) => kill(chance, [chance.one(API_NODES)]),
  (chance) => kill(chance, [chance.one(FOLLOWERS)]),
  (chance) => kill(chance, [chance.one(['processor', 'projector'])]),
  (chance) => kill(chance, [chance.one(GATEWAYS)]),
  (chance) => kill(chance, ['postgres']),
  (chance) => kill(chance, chance.often(0.3) ? ['postgres', ...MEMBERS, ...GATEWAYS] : API_NODES),
  (chance) => ({ kind: 'kill_backend', nth: chance.from(0, BACKENDS_MAX), forMs: 0 }),
  (chance) => stop(chance, chance.one(API_NODES)),
  (chance) => stop(chance, chance.one(FOLLOWERS)),
  (chance) => stop(chance, chance.one([...GATEWAYS, 'postgres'] as const)),
  (chance) => broken(chance, `${chance.one(API_NODES)} to postgres`),
  (chance) => broken(chance, `${chance.one(FOLLOWERS)} to postgres`),
  (chance) => broken(chance, `all to ${chance.one(GATEWAYS)}`),
  (chance) => broken(chance, `all to ${chance.one(GATEWAYS)}`),
  (chance) => broken(chance, `clients to ${chance.one(API_NODES)}`),
  unwell,
  unwell,
];
const REDIS_DRAWS: readonly Draw[] = [
  (chance) => (chance.often(0.5) ? kill(chance, ['redis']) : stop(chance, 'redis')),
  (chance) => broken(chance, 'all to redis'),
];

const EVENT_STORE_DRAWS: readonly Draw[] = [
  (chance) => broken(chance, 'all to eventstore'),
  (chance) => broken(chance, 'all to eventstore'),
];

function kill(chance: Chance, victims: readonly Victim[]): Fault {
  return { kind: 'kill', victims, forMs: chance.from(20, 1_500) };
}

function stop(chance: Chance, victim: Victim): Fault {
  return { kind: 'stop', victim, forMs: lasting(chance) };
}

function broken(chance: Chance, link: LinkName): Fault {
  return { kind: 'link', link, fault: linkFault(chance), forMs: lasting(chance) };
}

function lasting(chance: Chance): number {
  return chance.often(LONG_SHARE) ? chance.from(LONG_MIN_MS, LONG_MAX_MS) : chance.from(100, 2_500);
}

function linkFault(chance: Chance): LinkFault {
  return chance.one<() => LinkFault>([
    () => ({ kind: 'delay', ms: chance.from(5, 400) }),
    () => ({ kind: 'throttle', bytesPerSecond: chance.from(2_000, 50_000) }),
    () => ({ kind: 'hold' }),
    () => ({ kind: 'cut' }),
    () => ({ kind: 'half_open', gone: chance.one(['client', 'server'] as const) }),
    () => ({ kind: 'reset_after', bytes: chance.from(0, 6_000) }),
  ])();
}

function unwell(chance: Chance): Fault {
  const faults = chance.one([
    { error_rate: 0.6 },
    { error_after_effect_rate: 0.6 },
    { drop_after_effect_rate: 0.6 },
    { hang_rate: 0.4 },
    { latency_ms: chance.from(50, 2_500) },
    { webhook_duplicate_rate: 1, webhook_reorder_rate: 1 },
    { webhook_delay_ms: chance.from(200, 1_500), webhook_duplicate_rate: 0.5 },
    { webhook_wrong_signature_rate: 0.8, webhook_reorder_rate: 0.5 },
  ]);
  return { kind: 'gateway', gateway: chance.one(GATEWAYS), faults, forMs: chance.from(500, 4_000) };
}
