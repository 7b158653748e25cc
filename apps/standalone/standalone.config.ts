import { resolve } from 'node:path';
import { z } from 'zod';
import { lockVariables } from '../../libs/locking/lock-variables.js';
import {
  loadConfig,
  pathVariable,
  portVariable,
  processVariables,
  secretUrlVariable,
  type Environment,
  type Secret,
} from '../../libs/platform/config.js';

const schema = z.object({
  ...processVariables,
  PORT: portVariable().default(3000),
  HOST: z.string().default('127.0.0.1'),
  TILLSTREAM_DATA_DIR: pathVariable().default('.tillstream'),
  DATABASE_URL: secretUrlVariable('postgres', 'postgresql').optional(),
  EVENTSTORE_URL: secretUrlVariable('esdb', 'esdb+discover').optional(),
  GATEWAY_SIMULATOR_PORT: portVariable().default(4010),
  ...lockVariables,
});

export interface StandaloneConfig {
  readonly port: number;
  readonly host: string;
  /** Absolute. */
  readonly dataDir: string;
  /** undefined: the embedded PostgreSQL. */
  readonly databaseUrl: Secret | undefined;
  /** undefined: the store in PostgreSQL. */
  readonly eventStoreUrl: Secret | undefined;
  /** Nodes of the lock; none: it is kept in PostgreSQL, or nowhere. */
  readonly redisUrls: readonly Secret[];
  readonly simulatorPort: number;
  /** What each child may take for its stop. */
  readonly childGraceMs: number;
}

/** @throws ConfigError */
export function standaloneConfig(env: Environment): StandaloneConfig {
  const given = loadConfig(schema, env);
  return {
    port: given.PORT,
    host: given.HOST,
    dataDir: resolve(given.TILLSTREAM_DATA_DIR),
    databaseUrl: given.DATABASE_URL,
    eventStoreUrl: given.EVENTSTORE_URL,
    redisUrls: given.LOCK === undefined || given.LOCK === 'redis' ? (given.REDIS_URLS ?? []) : [],
    simulatorPort: given.GATEWAY_SIMULATOR_PORT,
    childGraceMs: given.SHUTDOWN_GRACE_MS,
  };
}

const OWN_NAME = /^TILLSTREAM_/;
/** What a cluster sets for a service called tillstream. */
const OF_A_SERVICE = /^TILLSTREAM_(SERVICE_(HOST|PORT)|PORT)(_|$)/;
const KNOWN_NAMES: ReadonlySet<string> = new Set(['TILLSTREAM_DATA_DIR', 'TILLSTREAM_PARENT_PID']);

/** Variables with our prefix that nothing reads: a typing error would be ignored without a word. */
export function unknownVariables(env: Environment): readonly string[] {
  return Object.keys(env).filter(
    (name) => OWN_NAME.test(name) && !KNOWN_NAMES.has(name) && !OF_A_SERVICE.test(name),
  );
}

/** Where the API is reached from this machine. */
export function apiUrlOf({ host, port }: StandaloneConfig): string {
  const everywhere = ['0.0.0.0', '::', '127.0.0.1', 'localhost'].includes(host);
  const name = host.includes(':') ? `[${host}]` : host; // IPv6
  return `http://${everywhere ? '127.0.0.1' : name}:${port}`;
}
