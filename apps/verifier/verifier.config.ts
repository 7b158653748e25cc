import { durationMsVariable, intVariable, pathVariable } from '../../libs/platform/config.js';

/** Variables of the verifier beside those of the process it runs in. */
export const verifierVariables = {
  /** From the end of one scheduled verification to the next; 0: none. */
  VERIFY_INTERVAL_S: intVariable({ min: 0, max: 31_536_000, unit: 's' }).default(86_400),
  /** Where the log is sealed as it grows; unset: nowhere. */
  SEALS_FILE: pathVariable().optional(),
  /** Longest time that an event waits for its seal. */
  SEAL_INTERVAL_MS: durationMsVariable({ max: 3_600_000 }).default(5_000),
};
