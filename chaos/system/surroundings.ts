import { join } from 'node:path';
import { ensureSecretsFile } from '../../apps/standalone/secrets-file.js';
import { FaultProxy } from '../faults/fault-proxy.js';
import {
  API_NODES,
  GATEWAYS,
  MEMBERS,
  type GatewayName,
  type LinkName,
  type Member,
} from '../plan/names.js';
import { REVIEW_ABOVE } from '../plan/stories.js';

/** How often gateways misbehave all the time, so that webhooks come twice, late and in any order. */
export const USUAL_FAULTS: Readonly<Record<GatewayName, Readonly<Record<string, number>>>> = {
  alpha: { settlement_delay_ms: 120, webhook_duplicate_rate: 0.3 },
  bravo: { settlement_delay_ms: 400, refund_settles_after_ms: 300, webhook_reorder_rate: 0.3 },
  charlie: { latency_ms: 15, authorization_ttl_ms: 12_000, webhook_wrong_signature_rate: 0.1 },
};

/** Short, so that what waits for a time-out is over before a run is. */
const BOUNDS = {
  GATEWAY_TIMEOUT_MS: '1500',
  CALL_DEADLINE_MS: '4000',
  UNKNOWN_ASK_MAX_MS: '1000',
  ACTION_TIMEOUT_S: '8',
  BREAKER_OPEN_MS: '300',
  GATEWAY_PROBE_INTERVAL_MS: '200',
  RISK_REVIEW_ABOVE: String(REVIEW_ABOVE),
};

export interface Ports {
  readonly api: Readonly<Record<string, number>>;
  readonly gateways: Readonly<Record<GatewayName, number>>;
}

interface Targets extends Ports {
  readonly databaseUrl: string;
  /** Null: there is none. */
  readonly redisPort: number | null;
  /** Undefined: the log is in Postgres. */
  readonly eventStoreUrl: string | undefined;
}

export type Links = ReadonlyMap<LinkName, FaultProxy>;

/** A proxy for every connection that can be broken. */
export async function openLinks(targets: Targets): Promise<Links> {
  const links = new Map<LinkName, FaultProxy>();
  const open = async (link: LinkName, port: number) => {
    links.set(link, await FaultProxy.start({ host: '127.0.0.1', port }));
  };
  const databasePort = Number(new URL(targets.databaseUrl).port);
  for (const member of MEMBERS) await open(`${member} to postgres`, databasePort);
  for (const gateway of GATEWAYS) await open(`all to ${gateway}`, targets.gateways[gateway]);
  for (const node of API_NODES) await open(`clients to ${node}`, targets.api[node] ?? 0);
  if (targets.redisPort !== null) await open('all to redis', targets.redisPort);
  const single = SINGLE_NODE.exec(targets.eventStoreUrl ?? '');
  if (single !== null) {
    const [, , host = '', port] = single;
    links.set('all to eventstore', await FaultProxy.start({ host, port: Number(port) }));
  }
  return links;
}

/** Of a cluster each node tells where the others are: there is no getting in between. */
const SINGLE_NODE = /^(esdb:\/\/(?:[^/@,]*@)?)([^/@,:]+):(\d+)(.*)$/;

export interface Surroundings {
  readonly folder: string;
  readonly databaseUrl: string;
  /** Undefined: the log is in Postgres. */
  readonly eventStoreUrl: string | undefined;
  readonly links: Links;
  readonly ports: Ports;
}

/** The environment of each process. */
export function environments(given: Surroundings) {
  const { folder, links, ports } = given;
  const secretsFile = join(folder, 'secrets.json');
  const webhookSecrets = ensureSecretsFile(secretsFile, GATEWAYS);
  const at = (link: LinkName) => `127.0.0.1:${links.get(link)?.port}`;
  const gateways = GATEWAYS.map((name) => ({
    name,
    adapter: 'simulator',
    url: `http://${at(`all to ${name}`)}/${name}`,
    webhookSecret: webhookSecrets[name],
  }));
  const eventStoreUrl = links.has('all to eventstore')
    ? given.eventStoreUrl?.replace(SINGLE_NODE, `$1${at('all to eventstore')}$4`)
    : given.eventStoreUrl;
  const inherited = { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'info' };
  const redis = links.has('all to redis') ? { REDIS_URLS: `redis://${at('all to redis')}` } : {};
  return {
    member: (name: Member, managementPort: number) => {
      const databaseUrl = new URL(given.databaseUrl);
      databaseUrl.host = at(`${name} to postgres`);
      const port = ports.api[name];
      return {
        ...inherited,
        ...BOUNDS,
        ...redis,
        DATABASE_URL: databaseUrl.href,
        ...(eventStoreUrl === undefined ? {} : { EVENTSTORE_URL: eventStoreUrl }),
        TILLSTREAM_DATA_DIR: folder,
        SECRETS_FILE: secretsFile,
        GATEWAYS: JSON.stringify(gateways),
        MANAGEMENT_PORT: String(managementPort),
        ...(port === undefined
          ? {}
          : { PORT: String(port), BOOTSTRAP_KEYS_FILE: join(folder, 'keys.json') }),
      };
    },
    gateway: (name: GatewayName) => {
      const node = API_NODES[GATEWAYS.indexOf(name) % API_NODES.length];
      const url = `http://127.0.0.1:${ports.api[node ?? '']}/v1/gateways/${name}/webhooks`;
      const webhooks = { [name]: { url, secret: webhookSecrets[name] } };
      return {
        ...inherited,
        GATEWAY_SIMULATOR_PORT: String(ports.gateways[name]),
        GATEWAY_SIMULATOR_DATA_DIR: join(folder, `gateway-${name}`),
        GATEWAY_SIMULATOR_WEBHOOKS: JSON.stringify(webhooks),
        GATEWAY_SIMULATOR_FAULTS: JSON.stringify({ [name]: USUAL_FAULTS[name] }),
      };
    },
  };
}
