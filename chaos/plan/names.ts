/** The gateways, each in a simulator process of its own. */
export const GATEWAYS = ['alpha', 'bravo', 'charlie'] as const;
export type GatewayName = (typeof GATEWAYS)[number];

/** Nodes of the API that clients send to. */
export const API_NODES = ['api-1', 'api-2'] as const;
export type ApiNode = (typeof API_NODES)[number];

/** Who follows the log; `workers` is both others in one process, and stands by while they lead. */
export const FOLLOWERS = ['processor', 'projector', 'workers'] as const;
/** Who reaches the database. */
export const MEMBERS = [...API_NODES, ...FOLLOWERS] as const;
export type Member = (typeof MEMBERS)[number];

/** Everything that can be killed or stopped. `redis` is left out where this machine has none. */
export type Victim = Member | GatewayName | 'postgres' | 'redis';

/** What a house may have or not. */
export interface Engines {
  /** This machine has the program. */
  readonly redis: boolean;
  /** The log is in an EventStoreDB that somebody else runs. */
  readonly eventStoreDb: boolean;
}

/** Every connection that can be broken: a member to the database, all of them to another engine, clients to a node. */
export type LinkName =
  | `${Member} to postgres`
  | 'all to redis'
  | 'all to eventstore'
  | `all to ${GatewayName}`
  | `clients to ${ApiNode}`;
