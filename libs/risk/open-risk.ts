import { readFileSync } from 'node:fs';
import { ConfigError, jsonVariable } from '../platform/config.js';
import { logThrottle } from '../platform/log-throttle.js';
import type { Logger } from '../platform/logging.js';
import type { Metrics } from '../platform/metrics.js';
import { amountLimitRules } from './amount-limits.js';
import { BoundedVelocity } from './bounded-velocity.js';
import { HttpFraudService } from './http-fraud-service.js';
import type { ConfiguredRule } from './risk-rule.js';
import { riskRulesSchema } from './rules.js';
import type { RiskAssessor } from './risk-assessor.js';
import type { RiskConfig } from './risk-variables.js';
import { RuleAssessor, type RiskSources } from './rule-assessor.js';
import type { VelocityCounter } from './velocity-counter.js';

/** Risk as configured. */
export interface Risk {
  /** Before routing. */
  readonly assessor: RiskAssessor;
  /** After the authorization; null: nothing is configured that could find something then. */
  readonly later: LaterRisk | null;
  close(): Promise<void>;
}

/** Assessment of payments that are authorized with nothing captured. */
export interface LaterRisk {
  readonly rules: RuleAssessor;
  /** Asks the external service, too; null: there is none. */
  readonly withService: RuleAssessor | null;
  /** Whether the service is asked of every payment then, or only where it had not said its word before. */
  readonly serviceStage: 'sync' | 'async';
  /** For how long after its authorization a payment is looked at again, seconds; 0: once. */
  readonly watchS: number;
}

export interface RiskSurroundings {
  /** Null: attempts are not counted in this process. */
  readonly velocity: VelocityCounter | null;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** @throws ConfigError where the rules or their file do not fit */
export function openRisk(config: RiskConfig, parts: RiskSurroundings): Risk {
  const rules = rulesOf(config);
  const service = serviceOf(config);
  const { velocity } = parts;
  const sources: RiskSources = {
    velocity:
      velocity === null ? null : new BoundedVelocity(velocity, config.RISK_VELOCITY_TIMEOUT_MS),
    service: null,
    away: { velocity: config.RISK_VELOCITY_AWAY, service: config.RISK_SERVICE_AWAY },
    trouble: troubleWith(parts),
  };
  const serviceStage = config.RISK_SERVICE_STAGE;
  const first = serviceStage === 'sync' ? service : null;
  // Afterwards there is time to ask again: only what was found raises an alarm.
  const patient: RiskSources = { ...sources, away: { velocity: 'approve', service: 'approve' } };
  const later: LaterRisk = {
    rules: new RuleAssessor(rules, patient, 'async'),
    withService:
      service === null ? null : new RuleAssessor(rules, { ...patient, service }, 'async'),
    serviceStage,
    watchS: config.RISK_WATCH_S,
  };
  const idle = later.rules.idle && later.withService === null;
  return {
    assessor: new RuleAssessor(rules, { ...sources, service: first }),
    later: idle ? null : later,
    close: async () => await service?.close(),
  };
}

function rulesOf(config: RiskConfig): readonly ConfiguredRule[] {
  const { RISK_RULES: given, RISK_RULES_FILE: file } = config;
  if (given !== undefined && file !== undefined) {
    throw new ConfigError(['RISK_RULES and RISK_RULES_FILE can not both be set.']);
  }
  const limits = amountLimitRules({
    reviewAbove: config.RISK_REVIEW_ABOVE ?? null,
    rejectAbove: config.RISK_REJECT_ABOVE ?? null,
  });
  return [...limits, ...(file === undefined ? (given ?? []) : rulesIn(file))];
}

function rulesIn(file: string): readonly ConfiguredRule[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError(['RISK_RULES_FILE must name a file that can be read.']);
  }
  const parsed = jsonVariable(riskRulesSchema()).safeParse(text);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map(
      ({ message, path }) => `RISK_RULES_FILE (at ${path.join('.') || 'its top'}) ${message}.`,
    ),
  );
}

function serviceOf(config: RiskConfig): HttpFraudService | null {
  const { RISK_SERVICE_URL: url, RISK_SERVICE_TOKEN: token } = config;
  if (url === undefined) return null;
  const timeoutMs = config.RISK_SERVICE_TIMEOUT_MS;
  return new HttpFraudService({ url, token: token ?? null, timeoutMs });
}

function troubleWith({ logger, metrics }: RiskSurroundings): RiskSources['trouble'] {
  const away = metrics.counter({
    name: 'risk_sources_away_total',
    help: 'Verdicts made without counts or without the fraud service, since they were away.',
    labels: ['source'],
    fromZero: [{ source: 'velocity' }, { source: 'service' }],
  });
  const isLineDue = logThrottle();
  return (source, reason) => {
    away.inc({ source });
    if (!isLineDue(source)) return;
    logger.warn({ source, reason }, 'judging payments without a source of risk');
  };
}
