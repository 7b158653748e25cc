import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  API_NODES,
  GATEWAYS,
  MEMBERS,
  type ApiNode,
  type Engines,
  type GatewayName,
  type Victim,
} from '../plan/names.js';
import { sparePorts } from './spare-ports.js';
import type { MortalProcess } from './mortal-process.js';
import { NodeProcess, type OwnEnd } from './node-process.js';
import { MortalPostgres } from './postgres.js';
import { hasRedis, MortalRedis } from './redis.js';
import { environments, openLinks, type Links, type Ports } from './surroundings.js';

type Environment = Readonly<Record<string, string>>;

const APPS = join(import.meta.dirname, '..', '..', 'apps');
/** A bound against waiting for ever, not a measure: ten processes that start at once take their time. */
const READY_DEADLINE_MS = 180_000;
/** Two nodes, three followers with a management port each, and more than enough for the rest. */
const PORTS_MAX = 16;

export interface Keys {
  readonly merchant: string;
  readonly merchant_2: string;
  readonly operator: string;
}

interface Parts {
  readonly postgres: MortalPostgres;
  readonly redis: MortalRedis | null;
  readonly links: Links;
  readonly ports: Ports;
  readonly processes: ReadonlyMap<string, NodeProcess>;
  readonly ends: readonly OwnEnd[];
}

/** A whole house whose every part can be killed, and whose every connection can be broken. */
export class ChaosSystem {
  private constructor(
    private readonly parts: Parts,
    readonly keys: Keys,
  ) {}

  /** @throws Error when it does not come up */
  static async start(folder: string, eventStoreUrl: string | undefined): Promise<ChaosSystem> {
    const parts = await partsIn(folder, eventStoreUrl);
    const processes = [...parts.processes.values()];
    // All at once, as they are started in earnest: each waits for what it needs of the others.
    for (const one of processes) await one.start();
    await Promise.all(processes.map((one) => one.ready(READY_DEADLINE_MS)));
    const keys = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')) as Keys; // reason: the API makes it
    return new ChaosSystem(parts, keys);
  }

  get postgres(): MortalPostgres {
    return this.parts.postgres;
  }

  get links(): Links {
    return this.parts.links;
  }

  /** Who ended though nobody asked for it. */
  get ends(): readonly OwnEnd[] {
    return this.parts.ends;
  }

  get engines(): Engines {
    return { redis: this.parts.redis !== null, eventStoreDb: this.links.has('all to eventstore') };
  }

  victim(name: Victim): MortalProcess | undefined {
    if (name === 'postgres') return this.postgres;
    if (name === 'redis') return this.parts.redis ?? undefined;
    return this.parts.processes.get(name);
  }

  /** As clients reach it. */
  apiUrl(node: ApiNode): string {
    return `http://127.0.0.1:${this.links.get(`clients to ${node}`)?.port}`;
  }

  /** Without the network in between. */
  gatewayUrl(name: GatewayName): string {
    return `http://127.0.0.1:${this.parts.ports.gateways[name]}`;
  }

  /** Whatever was done to it is over; everything runs. @throws Error for what does not come back */
  async heal(): Promise<void> {
    for (const link of this.links.values()) link.impose(null);
    const engines = [this.postgres, ...(this.parts.redis === null ? [] : [this.parts.redis])];
    for (const one of [...engines, ...this.parts.processes.values()]) {
      one.resume();
      if (!one.isAlive) await one.start();
    }
    await Promise.all(
      [...this.parts.processes.values()].map((one) => one.ready(READY_DEADLINE_MS)),
    );
  }

  /** Stops in order. @returns who did not end as asked */
  async close(): Promise<readonly Pick<OwnEnd, 'name' | 'code'>[]> {
    for (const one of this.parts.processes.values()) one.resume();
    const names = [...MEMBERS, ...GATEWAYS];
    const codes = await Promise.all(
      names.map(async (name) => ({
        name,
        code: (await this.parts.processes.get(name)?.close()) ?? null,
      })),
    );
    await this.parts.redis?.kill();
    await this.postgres.close();
    for (const link of this.links.values()) await link.close();
    return codes.filter(({ code }) => code !== 0);
  }

  /** At once, whatever state it is in. */
  async abandon(): Promise<void> {
    const { processes, redis, postgres } = this.parts;
    await Promise.all([...processes.values()].map((one) => one.kill()));
    await redis?.kill();
    if (postgres.isAlive) await postgres.kill();
    for (const link of this.links.values()) await link.close();
  }
}

async function partsIn(folder: string, eventStoreUrl: string | undefined): Promise<Parts> {
  const nextPort = await sparePorts(PORTS_MAX);
  const ports: Ports = {
    api: Object.fromEntries(API_NODES.map((node) => [node, nextPort()])),
    // reason: fromEntries forgets which names there are
    gateways: Object.fromEntries(GATEWAYS.map((name) => [name, nextPort()])) as Ports['gateways'],
  };
  const postgres = await MortalPostgres.begin(folder);
  const { databaseUrl } = postgres;
  const redis = hasRedis() ? new MortalRedis(nextPort()) : null;
  await redis?.start();
  const links = await openLinks({
    ...ports,
    databaseUrl,
    redisPort: redis?.port ?? null,
    eventStoreUrl,
  });
  const environment = environments({ folder, databaseUrl, eventStoreUrl, links, ports });
  const ends: OwnEnd[] = [];
  const processOf = (name: string, app: string, at: { env: Environment; port: number }) =>
    new NodeProcess({
      name,
      file: join(APPS, app, 'main.js'),
      env: at.env,
      readyUrl: `http://127.0.0.1:${at.port}/health/ready`,
      logFile: join(folder, `${name}.log`),
      onEnd: (end) => ends.push(end),
    });
  const processes = new Map<string, NodeProcess>();
  for (const name of GATEWAYS) {
    const at = { env: environment.gateway(name), port: ports.gateways[name] };
    processes.set(name, processOf(name, 'gateway-simulator', at));
  }
  for (const name of MEMBERS) {
    const port = nextPort();
    const at = { env: environment.member(name, port), port };
    processes.set(name, processOf(name, name.replace(/-\d$/, ''), at));
  }
  return { postgres, redis, links, ports, processes, ends };
}
