import { apiVariables } from '../../apps/api/api.config.js';
import { startApi } from '../../apps/api/start-api.js';
import { loadConfig } from '../../libs/platform/config.js';
import { runProcess } from '../../libs/platform/run-process.js';
import { ApprovingGateway } from './approving-gateway.js';

/** The API as it runs, with gateways in its own process. */
await runProcess(
  'api',
  ({ env, logger }) =>
    startApi(loadConfig(apiVariables, env), logger, {
      adapter: ({ name }) => new ApprovingGateway(name),
    }),
  process.env,
);
