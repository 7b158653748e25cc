import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiKeys } from '../../libs/access/api-keys.js';
import { registerLocalKeys } from '../../libs/access/local-keys.js';
import { openConfiguredStore } from '../../libs/event-store/store-variables.js';
import {
  openOrchestration,
  type OrchestrationSurroundings,
} from '../../libs/orchestration/open-orchestration.js';
import { PaymentCallRunner } from '../../libs/orchestration/payment-call-runner.js';
import { showClockDifference } from '../../libs/platform/clock-difference.js';
import { SystemClock } from '../../libs/platform/clock.js';
import { listenFault } from '../../libs/platform/listen-fault.js';
import type { Logger } from '../../libs/platform/logging.js';
import { startManagementServer } from '../../libs/platform/management-server.js';
import { Metrics } from '../../libs/platform/metrics.js';
import { openPool, PLANNED_ONCE } from '../../libs/platform/postgres.js';
import type { RunningProcess } from '../../libs/platform/run-process.js';
import { PlannedByName } from '../../libs/platform/queryable.js';
import { openProjectedVelocity } from '../../projections/risk-velocity/query.js';
import type { ApiConfig } from './api.config.js';
import { faultLog } from './commands/fault-log.js';
import { keyedHashFrom } from './commands/installation-secrets.js';
import { createApi } from './create-api.js';
import { Connections } from './http/connections.js';
import { readinessChecks } from './http/readiness.js';
import { PostgresReadModels } from './queries/postgres-read-models.js';

export interface RunningApi extends RunningProcess {
  readonly url: string;
}

/** Lists are short queries: more connections would only wait for the same cores. */
const LIST_CONNECTIONS_MAX = 6;
/** How long an unread answer is kept; up to twice that, as Node begins to count anew once its first bytes are out. */
const ANSWER_UNREAD_MAX_MS = 30_000;

/** Of the time for an orderly stop: for clients to use a connection that they keep once more. */
const NOTICE_SHARE = 0.1;
/** Whoever outlives its parent has less time, and its port is wanted. */
const NOTICE_MAX_MS = 1_000;

/** The whole process from its configuration. @throws ConfigError */
export async function startApi(
  config: ApiConfig,
  logger: Logger,
  gateways: Pick<OrchestrationSurroundings, 'adapter'> = {},
): Promise<RunningApi> {
  // Before anything is opened: without it no request could be remembered.
  const keyedHash = keyedHashFrom({
    secretsFile: config.SECRETS_FILE,
    requestHashKey: config.REQUEST_HASH_KEY?.reveal(),
  });
  const metrics = new Metrics('api');
  const opened = await openParts(config, { logger, metrics, ...gateways });
  const { store, orchestration, readModels } = opened;
  const readiness = readinessChecks({ store, readModels, lagMaxS: config.PROJECTION_LAG_MAX_S });
  const connections = new Connections();
  const app = await createApi({
    store,
    logId: await store.logId(),
    calls: new PaymentCallRunner(orchestration.ports, faultLog(logger)),
    orchestration,
    readModels,
    keyedHash,
    clock: opened.clock,
    commandsInFlightMax: config.COMMANDS_IN_FLIGHT_MAX,
    logger,
    metrics,
    rateLimitPerSecond: config.RATE_LIMIT_PER_SECOND ?? null,
    inFlightPerKeyMax: config.IN_FLIGHT_PER_KEY_MAX ?? null,
    requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
    stillTimeoutMs: config.CALL_DEADLINE_MS + ANSWER_UNREAD_MAX_MS,
    // Health and metrics stand on the API's own port only where nobody but this machine reaches it.
    health: isLoopback(config.HOST) ? { readiness } : null,
    connections,
  });
  const release = async () => {
    await connections.end(app.getHttpServer(), {
      noticeMs: Math.min(config.SHUTDOWN_GRACE_MS * NOTICE_SHARE, NOTICE_MAX_MS),
      close: () => app.close(),
    });
    await opened.close();
  };
  const url = await listen(app, config).catch(async (error: unknown) => {
    await release();
    throw error;
  });
  const management = await startManagementServer({
    port: config.MANAGEMENT_PORT,
    host: config.MANAGEMENT_HOST,
    metrics,
    readiness,
  });
  logger.info({ url, management: management.url }, 'listening');
  return {
    url,
    close: async () => {
      await management.close();
      // Lets what runs come to its end first.
      await release();
    },
  };
}

/** What the API stands on, and how to let go of it again. */
async function openParts(
  config: ApiConfig,
  parts: Pick<OrchestrationSurroundings, 'logger' | 'metrics' | 'adapter'>,
) {
  const { logger } = parts;
  const databaseUrl = config.DATABASE_URL.reveal();
  const onIdleError = (error: Error) => logger.warn({ err: error }, 'a connection broke');
  const store = await openConfiguredStore(config, { name: 'api', logger });
  const reading = { databaseUrl, applicationName: 'tillstream api read models', onIdleError };
  const lists = openPool({ ...reading, max: LIST_CONNECTIONS_MAX, settings: PLANNED_ONCE });
  const pool = openPool(reading);
  showClockDifference(parts.metrics, pool);
  const clock = new SystemClock();
  if (config.BOOTSTRAP_KEYS_FILE !== undefined) {
    await registerLocalKeys(config.BOOTSTRAP_KEYS_FILE, new ApiKeys(store, clock));
  }
  const velocity = openProjectedVelocity(databaseUrl, onIdleError);
  const orchestration = await openOrchestration(config, {
    store,
    velocity: velocity.counter,
    ...parts,
  });
  return {
    store,
    clock,
    orchestration,
    readModels: new PostgresReadModels(new PlannedByName(lists, pool), store),
    close: async () => {
      await orchestration.close();
      await velocity.close();
      await lists.end();
      await pool.end();
      await store.close();
    },
  };
}

async function listen(app: NestFastifyApplication, config: ApiConfig): Promise<string> {
  try {
    await app.listen(config.PORT, config.HOST);
    return await app.getUrl();
  } catch (error) {
    throw listenFault(error, { port: 'PORT', host: 'HOST' });
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
