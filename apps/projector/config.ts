import { z } from 'zod';
import {
  booleanVariable,
  intVariable,
  processVariables,
  secretUrlVariable,
} from '../../libs/platform/config.js';
import { LAG_MAX_S } from './projector.js';

/** The environment of a projector of its own. */
export const projectorVariables = z.object({
  ...processVariables,
  DATABASE_URL: secretUrlVariable('postgres', 'postgresql'),
  /** Unset: the log is in Postgres. */
  EVENTSTORE_URL: secretUrlVariable('esdb', 'esdb+discover').optional(),
  /** `off`: refuse an old schema instead of bringing it up to date. */
  MIGRATE: booleanVariable().default(true),
  /** Not ready while a read model lags behind the log for longer. */
  PROJECTION_LAG_MAX_S: intVariable({ min: 1, max: 86_400, unit: 's' }).default(LAG_MAX_S),
});
