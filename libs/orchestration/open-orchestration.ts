import { z } from 'zod';
import type { EventStore } from '../event-store/event-store.js';
import { gatewaysVariable, openGateways } from '../gateways/gateways-variable.js';
import { SystemClock } from '../platform/clock.js';
import { ConfigError, durationMsVariable, intVariable } from '../platform/config.js';
import type { Logger } from '../platform/logging.js';
import type { Metrics } from '../platform/metrics.js';
import { AmountLimitAssessor } from '../risk/risk-assessor.js';
import {
  DEFAULT_ORCHESTRATION_SETTINGS as DEFAULTS,
  type OrchestrationPorts,
} from './orchestration.js';

const YEAR_S = 31_536_000;
const amountVariable = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, 'must be an amount in minor units')
  .transform(BigInt);

/** Variables of every process that drives payments. */
export const orchestrationVariables = {
  GATEWAYS: gatewaysVariable,
  GATEWAY_TIMEOUT_MS: durationMsVariable().default(DEFAULTS.gatewayTimeoutMs),
  CALL_DEADLINE_MS: durationMsVariable().default(DEFAULTS.callDeadlineMs),
  ACTION_TIMEOUT_S: intVariable({ min: 1, max: YEAR_S, unit: 's' }).default(
    DEFAULTS.actionTimeoutS,
  ),
  AUTHORIZATION_WINDOW_S: intVariable({ min: 1, max: YEAR_S, unit: 's' }).default(
    DEFAULTS.authorizationWindowS,
  ),
  REFUND_WINDOW_DAYS: intVariable({ min: 0, max: 36_500, unit: 'days' }).default(
    DEFAULTS.refundWindowDays,
  ),
  /** Minor units above which a person is asked, and above which a payment is refused; unset: no limit. */
  RISK_REVIEW_ABOVE: amountVariable.optional(),
  RISK_REJECT_ABOVE: amountVariable.optional(),
};

const schema = z.object(orchestrationVariables);
export type OrchestrationConfig = z.output<typeof schema>;

/** The ports of orchestration as configured. @throws ConfigError where times do not fit each other */
export function openOrchestration(
  config: OrchestrationConfig,
  parts: { readonly store: EventStore; readonly logger: Logger; readonly metrics: Metrics },
): OrchestrationPorts {
  const { store, logger, metrics } = parts;
  if (config.CALL_DEADLINE_MS < config.GATEWAY_TIMEOUT_MS) {
    throw new ConfigError(['CALL_DEADLINE_MS must be at least GATEWAY_TIMEOUT_MS.']);
  }
  const alarms = metrics.counter({
    name: 'payment_alarms_total',
    help: 'What an operator should look at: broken money rules, late approvals, unmatched facts.',
    labels: ['kind'],
  });
  return {
    store,
    gateways: openGateways(config.GATEWAYS),
    risk: new AmountLimitAssessor({
      reviewAbove: config.RISK_REVIEW_ABOVE ?? null,
      rejectAbove: config.RISK_REJECT_ABOVE ?? null,
    }),
    clock: new SystemClock(),
    settings: {
      gatewayTimeoutMs: config.GATEWAY_TIMEOUT_MS,
      callDeadlineMs: config.CALL_DEADLINE_MS,
      actionTimeoutS: config.ACTION_TIMEOUT_S,
      authorizationWindowS: config.AUTHORIZATION_WINDOW_S,
      refundWindowDays: config.REFUND_WINDOW_DAYS,
    },
    alarm: (alarm) => {
      alarms.inc({ kind: alarm.kind });
      logger.warn({ alarm }, 'a payment needs a look');
    },
  };
}
