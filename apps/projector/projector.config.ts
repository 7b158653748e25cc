import { intVariable } from '../../libs/platform/config.js';
import { LAG_MAX_S } from './projector.js';

/** Variables of every process that projects. */
export const projectorVariables = {
  /** Not ready while a read model lags behind the log for longer. */
  PROJECTION_LAG_MAX_S: intVariable({ min: 1, max: 86_400, unit: 's' }).default(LAG_MAX_S),
};
