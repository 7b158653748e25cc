import type { OrchestrationSettings } from '../../orchestration/orchestration.js';

/** Bounds of time, short beside those of a real installation so that all of them are met. */
export const SIMULATED_SETTINGS: OrchestrationSettings = {
  gatewayTimeoutMs: 2_000,
  callDeadlineMs: 6_000,
  actionTimeoutS: 45,
  authorizationWindowS: 120,
  refundWindowDays: 180,
};
