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
import { processorVariables } from './processor.config.js';
import { startProcessor } from './processor.js';

const variables = z.object({ ...processVariables, ...storeVariables, ...processorVariables });

await runProcess(
  'processor',
  async ({ env, logger }) => {
    const config = loadConfig(variables, env);
    const metrics = new Metrics('processor');
    const store = await openConfiguredStore(config, { name: 'processor', logger });
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
      databaseUrl: config.DATABASE_URL.reveal(),
      migrate: migrateMode(config),
      ports: orchestration.ports,
      laterRisk: orchestration.laterRisk,
      unknownAskMaxMs: config.UNKNOWN_ASK_MAX_MS,
      logger,
      metrics,
    });
    const management = await startManagementServer({
      port: config.MANAGEMENT_PORT,
      host: config.MANAGEMENT_HOST,
      metrics,
      readiness: [processor.readiness],
    });
    logger.info({ url: management.url }, 'health and metrics');
    return {
      close: async () => {
        await management.close();
        await processor.close();
        await orchestration.close();
        await velocity.close();
        await store.close();
      },
    };
  },
  process.env,
);
