import { z } from 'zod';
import {
  migrateMode,
  openConfiguredStore,
  storeVariables,
} from '../../libs/event-store/store-variables.js';
import { loadConfig, processVariables } from '../../libs/platform/config.js';
import { startManagementServer } from '../../libs/platform/management-server.js';
import { Metrics } from '../../libs/platform/metrics.js';
import { runProcess } from '../../libs/platform/run-process.js';
import { projectorVariables } from './projector.config.js';
import { startProjector } from './projector.js';

const variables = z.object({ ...processVariables, ...storeVariables, ...projectorVariables });

await runProcess(
  'projector',
  async ({ env, logger }) => {
    const config = loadConfig(variables, env);
    const metrics = new Metrics('projector');
    const store = await openConfiguredStore(config, { name: 'projector', logger });
    const projector = await startProjector({
      databaseUrl: config.DATABASE_URL.reveal(),
      migrate: migrateMode(config),
      store,
      logger,
      metrics,
      lagMaxS: config.PROJECTION_LAG_MAX_S,
    });
    const management = await startManagementServer({
      port: config.MANAGEMENT_PORT,
      host: config.MANAGEMENT_HOST,
      metrics,
      readiness: [projector.readiness],
    });
    logger.info({ url: management.url }, 'health and metrics');
    return {
      close: async () => {
        await management.close();
        await projector.close();
        await store.close();
      },
    };
  },
  process.env,
);
