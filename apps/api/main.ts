import { loadConfig } from '../../libs/platform/config.js';
import { runProcess } from '../../libs/platform/run-process.js';
import { apiVariables } from './api.config.js';
import { startApi } from './start-api.js';

await runProcess(
  'api',
  ({ env, logger }) => startApi(loadConfig(apiVariables, env), logger),
  process.env,
);
