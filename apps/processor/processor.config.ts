import { durationMsVariable } from '../../libs/platform/config.js';
import { orchestrationVariables } from '../../libs/orchestration/open-orchestration.js';

/** Variables of the processor beside those of the process it runs in. */
export const processorVariables = {
  ...orchestrationVariables,
  /** Longest pause between two questions about an unknown outcome. */
  UNKNOWN_ASK_MAX_MS: durationMsVariable().default(15_000),
};
