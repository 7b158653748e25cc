import { z } from 'zod';
import {
  durationMsVariable,
  intVariable,
  jsonVariable,
  pathVariable,
  secretVariable,
  urlVariable,
} from '../platform/config.js';
import { riskRulesSchema } from './rules.js';

const amountVariable = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, 'must be an amount in minor units')
  .transform(BigInt);

const awayVariable = z.enum(['approve', 'review', 'reject'], 'must be approve, review or reject');

/** Variables of risk, read by every process that drives payments. */
export const riskVariables = {
  /** Rules as JSON, or the file that they stand in; unset: none. */
  RISK_RULES: jsonVariable(riskRulesSchema()).optional(),
  RISK_RULES_FILE: pathVariable().optional(),
  /** Minor units above which a person is asked, and above which a payment is refused; unset: no limit. */
  RISK_REVIEW_ABOVE: amountVariable.optional(),
  RISK_REJECT_ABOVE: amountVariable.optional(),
  /** How long a payment waits for counted attempts, and what stands for counts that don't come. */
  RISK_VELOCITY_TIMEOUT_MS: durationMsVariable().default(250),
  RISK_VELOCITY_AWAY: awayVariable.default('approve'),
  /** An external fraud service; unset: none is asked. */
  RISK_SERVICE_URL: urlVariable('http', 'https').optional(),
  RISK_SERVICE_TOKEN: secretVariable().optional(),
  RISK_SERVICE_TIMEOUT_MS: durationMsVariable().default(500),
  RISK_SERVICE_AWAY: awayVariable.default('review'),
  /** Asked before routing, or only after the authorization. */
  RISK_SERVICE_STAGE: z.enum(['sync', 'async'], 'must be sync or async').default('sync'),
  /** For how long after its authorization a payment with nothing captured is looked at again; 0: once. */
  RISK_WATCH_S: intVariable({ min: 0, max: 2_592_000, unit: 's' }).default(300),
};

const schema = z.object(riskVariables);
export type RiskConfig = z.output<typeof schema>;
