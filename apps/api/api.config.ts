import { z } from 'zod';
import { storeVariables } from '../../libs/event-store/store-variables.js';
import { orchestrationVariables } from '../../libs/orchestration/open-orchestration.js';
import {
  durationMsVariable,
  intVariable,
  pathVariable,
  portVariable,
  processVariables,
  secretVariable,
} from '../../libs/platform/config.js';

/** The environment of the API. */
export const apiVariables = z.object({
  ...processVariables,
  ...storeVariables,
  ...orchestrationVariables,
  HOST: z.string().default('127.0.0.1'),
  PORT: portVariable({ anyFree: true }).default(3000),
  /** JSON with `requestHashKeys`: keys under which bodies are hashed; the first one is in use. */
  SECRETS_FILE: pathVariable().optional(),
  /** One such key in base64, where there is no file. */
  REQUEST_HASH_KEY: secretVariable({ lengthMin: 22 }).optional(),
  /** A file of one key for each role; made where it is missing. Local installations only. */
  BOOTSTRAP_KEYS_FILE: pathVariable().optional(),
  /** Of every key; unset: 100, and none for the keys of a local installation. */
  RATE_LIMIT_PER_SECOND: intVariable({ min: 1, max: 1_000_000 }).optional(),
  /** Requests of one key that run at once; unset: 128, and no bound for the keys of a local installation. */
  IN_FLIGHT_PER_KEY_MAX: intVariable({ min: 1, max: 100_000 }).optional(),
  /** A request that has not arrived whole by then is cut off. */
  REQUEST_TIMEOUT_MS: durationMsVariable({ min: 100 }).default(10_000),
  /** Not ready while a read model lags behind the log for longer. */
  PROJECTION_LAG_MAX_S: intVariable({ min: 1, max: 86_400, unit: 's' }).default(30),
});

export type ApiConfig = z.output<typeof apiVariables>;
