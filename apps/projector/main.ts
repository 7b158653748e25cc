import { openEventStore } from '../../libs/event-store/open-event-store.js';
import { loadConfig } from '../../libs/platform/config.js';
import { startManagementServer } from '../../libs/platform/management-server.js';
import { Metrics } from '../../libs/platform/metrics.js';
import { runProcess } from '../../libs/platform/run-process.js';
import { projectorVariables } from './config.js';
import { startProjector } from './projector.js';

await runProcess(
  'projector',
  async ({ env, logger }) => {
    const config = loadConfig(projectorVariables, env);
    const metrics = new Metrics('projector');
    const databaseUrl = config.DATABASE_URL.reveal();
    const migrate = config.MIGRATE ? 'apply' : 'check';
    const store = await openEventStore({
      databaseUrl,
      eventStoreUrl: config.EVENTSTORE_URL?.reveal(),
      migrate,
      applicationName: 'tillstream projector',
      onTrouble: (error) => logger.warn({ err: error }, 'the event store does not answer'),
    });
    const lagMaxS = config.PROJECTION_LAG_MAX_S;
    const projector = await startProjector({
      databaseUrl,
      migrate,
      store,
      logger,
      metrics,
      lagMaxS,
    });
    const management = await startManagementServer({
      port: config.MANAGEMENT_PORT,
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
