import { z } from 'zod';
import { ConfigError, Secret, urlVariable } from '../platform/config.js';
import { SystemClock } from '../platform/clock.js';
import type { Logger } from '../platform/logging.js';
import type { Metrics } from '../platform/metrics.js';
import { GuardedLock, LOCK_OUTCOMES, type LockEngine } from './guarded-lock.js';
import { NoLock } from './none/no-lock.js';
import type { PaymentLock } from './payment-lock.js';
import { PostgresAdvisory } from './postgres/postgres-advisory.js';

const NODES_MAX = 9;
const REDIS_DEFAULT_PORT = '6379';
const redisUrl = urlVariable('redis', 'rediss');

/** Variables of every process that works on payments. */
export const lockVariables = {
  /** Unset: `redis` where REDIS_URLS is set, else `postgres`. */
  LOCK: z.enum(['none', 'postgres', 'redis'], 'must be none, postgres or redis').optional(),
  /** Nodes of redlock, with commas between them. */
  REDIS_URLS: z
    .string()
    .transform((list) => list.split(',').map((url) => url.trim()))
    .refine(
      (urls) => urls.length <= NODES_MAX && urls.every(isRedisUrl),
      `must be at most ${NODES_MAX} URLs that begin with redis:// or rediss://, with commas between them`,
    )
    .refine(areServersOfTheirOwn, 'must name each server once')
    .transform((urls) => urls.map((url) => new Secret(url)))
    .optional(),
};

/** The scheme alone proves little: a bare `/` in a password makes a URL that names no server. */
function isRedisUrl(url: string): boolean {
  return redisUrl.safeParse(url).success && URL.canParse(url);
}

/** What a server grants under one of its names is taken under the other; and databases of one server fail together. */
function areServersOfTheirOwn(urls: readonly string[]): boolean {
  if (!urls.every(isRedisUrl)) return true; // refused already
  const servers = urls.map((text) => {
    const { hostname, port } = new URL(text);
    return `${hostname.toLowerCase()}:${port || REDIS_DEFAULT_PORT}`;
  });
  return new Set(servers).size === servers.length;
}

const schema = z.object(lockVariables);
export type LockConfig = z.output<typeof schema>;

export interface LockSurroundings {
  /** Where advisory locks are kept; null: there is no Postgres, so no lock of it either. */
  readonly databaseUrl: string | null;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The lock as configured; an engine that is away is told of and holds up nothing. @throws ConfigError */
export async function openLock(config: LockConfig, parts: LockSurroundings): Promise<PaymentLock> {
  const engine = await openEngine(config, parts);
  if (engine === null) return new NoLock();
  const outcomes = parts.metrics.counter({
    name: 'payment_locks_total',
    help: 'Locks of payments that were asked for; away: the work went on without.',
    labels: ['outcome'],
    fromZero: LOCK_OUTCOMES.map((outcome) => ({ outcome })),
  });
  const lock = new GuardedLock(engine, {
    clock: new SystemClock(),
    onTrouble: (error) => {
      parts.logger.warn({ err: error }, 'the lock is away; payments go on without');
    },
    onOutcome: (outcome) => outcomes.inc({ outcome }),
  });
  await lock.connect();
  return lock;
}

async function openEngine(
  config: LockConfig,
  { databaseUrl }: LockSurroundings,
): Promise<LockEngine | null> {
  const kind = config.LOCK ?? (config.REDIS_URLS === undefined ? 'postgres' : 'redis');
  switch (kind) {
    case 'none':
      return null;
    case 'postgres':
      if (databaseUrl === null) return null;
      return new PostgresAdvisory({ databaseUrl, applicationName: 'tillstream payment lock' });
    case 'redis': {
      if (config.REDIS_URLS === undefined) {
        throw new ConfigError(['REDIS_URLS is not set: LOCK=redis needs it.']);
      }
      // Loaded where it is used: the client costs memory and time at the start.
      const { RedisNodes } = await import('./redlock/redis-nodes.js');
      return new RedisNodes(config.REDIS_URLS.map((url) => url.reveal()));
    }
  }
}
