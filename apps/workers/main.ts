import { z } from 'zod';
import {
  migrateMode,
  openConfiguredStore,
  storeVariables,
} from '../../libs/event-store/store-variables.js';
import { openOrchestration } from '../../libs/orchestration/open-orchestration.js';
import { loadConfig, processVariables } from '../../libs/platform/config.js';
import { startManagementServer } from '../../libs/platform/management-server.js';
import { Metrics } from '../../libs/platform/metrics.js';
import { runProcess } from '../../libs/platform/run-process.js';
import { openProjectedVelocity } from '../../projections/risk-velocity/query.js';
import { booksOfGateways } from '../../libs/verify/books-sources.js';
import { processorVariables } from '../processor/processor.config.js';
import { startProcessor } from '../processor/processor.js';
import { projectorVariables } from '../projector/projector.config.js';
import { startProjector } from '../projector/projector.js';
import { verifierVariables } from '../verifier/verifier.config.js';
import { startVerifier } from '../verifier/verifier.js';

/** Projector, processor and verifier in one process, as one machine runs them: they share one read of the log. */
const variables = z.object({
  ...processVariables,
  ...storeVariables,
  ...processorVariables,
  ...verifierVariables,
  ...projectorVariables,
});

await runProcess(
  'workers',
  async ({ env, logger }) => {
    const config = loadConfig(variables, env);
    const metrics = new Metrics('workers');
    const databaseUrl = config.DATABASE_URL.reveal();
    const migrate = migrateMode(config);
    const store = await openConfiguredStore(config, { name: 'workers', logger });
    const shared = { databaseUrl, migrate, logger, metrics } as const;
    const projector = await startProjector({
      ...shared,
      store,
      lagMaxS: config.PROJECTION_LAG_MAX_S,
    });
    const velocity = openProjectedVelocity(config.DATABASE_URL.reveal(), (error) =>
      logger.warn({ err: error }, 'a connection to Postgres broke'),
    );
    const orchestration = await openOrchestration(config, {
      store,
      logger,
      metrics,
      velocity: velocity.counter,
    });
    const processor = await startProcessor({
      ...shared,
      ports: orchestration.ports,
      laterRisk: orchestration.laterRisk,
      unknownAskMaxMs: config.UNKNOWN_ASK_MAX_MS,
    });
    const verifier = await startVerifier({
      ...shared,
      store,
      books: booksOfGateways(config.GATEWAYS),
      intervalS: config.VERIFY_INTERVAL_S,
      sealsFile: config.SEALS_FILE ?? null,
      sealIntervalMs: config.SEAL_INTERVAL_MS,
    });
    const management = await startManagementServer({
      port: config.MANAGEMENT_PORT,
      host: config.MANAGEMENT_HOST,
      metrics,
      readiness: [projector.readiness, processor.readiness],
    });
    logger.info({ url: management.url }, 'health and metrics');
    return {
      close: async () => {
        await management.close();
        await Promise.all([projector.close(), processor.close(), verifier.close()]);
        await orchestration.close();
        await velocity.close();
        await store.close();
      },
    };
  },
  process.env,
);
