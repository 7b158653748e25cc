import { z } from 'zod';
import type { EventStore } from '../event-store/event-store.js';
import {
  gatewaysVariable,
  openGateway,
  profileOf,
  type GatewaySettings,
} from '../gateways/gateways-variable.js';
import { watchGateways } from '../gateways/health/watched-gateways.js';
import { KeepableTexts } from '../gateways/keepable-texts.js';
import { LiveGateways } from '../gateways/live-gateways.js';
import type { PaymentGateway } from '../gateways/payment-gateway.js';
import { GatewayRegistry } from '../gateways/registry/gateway-registry.js';
import { SettingsPoll } from '../gateways/registry/settings-poll.js';
import { settingsOf } from '../gateways/resilience/gateway-limits.js';
import {
  resilienceSettings,
  resilienceVariables,
} from '../gateways/resilience/resilience-settings.js';
import { RoutingRules } from '../gateways/routing/routing-rules.js';
import { lockVariables, openLock } from '../locking/lock-variables.js';
import { SYSTEM_CHANCE } from '../platform/chance.js';
import { SystemClock } from '../platform/clock.js';
import { ConfigError, durationMsVariable, intVariable, type Secret } from '../platform/config.js';
import type { Logger } from '../platform/logging.js';
import type { Metrics } from '../platform/metrics.js';
import { openRisk, type LaterRisk } from '../risk/open-risk.js';
import { riskVariables } from '../risk/risk-variables.js';
import type { VelocityCounter } from '../risk/velocity-counter.js';
import { PaymentHooks } from './hooks/payment-hooks.js';
import { REGISTERED_HOOKS } from './hooks/registered-hooks.js';
import {
  ALARM_KINDS,
  DEFAULT_ORCHESTRATION_SETTINGS as DEFAULTS,
  type OrchestrationPorts,
} from './orchestration.js';

const YEAR_S = 31_536_000;

/** Variables of every process that drives payments. */
export const orchestrationVariables = {
  ...resilienceVariables,
  ...riskVariables,
  ...lockVariables,
  /** Bounds each run of a hook. */
  HOOK_TIMEOUT_MS: durationMsVariable({ max: 5_000 }).default(500),
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
};

const schema = z.object(orchestrationVariables);
export type OrchestrationConfig = z.output<typeof schema> & {
  /** Of the process that orchestrates; advisory locks are kept there. */
  readonly DATABASE_URL?: Secret | undefined;
};

/** What drives payments in this process, and what of it operators change and see. */
export interface Orchestration {
  readonly ports: OrchestrationPorts;
  readonly gateways: LiveGateways;
  readonly registry: GatewayRegistry;
  readonly rules: RoutingRules;
  /** What authorized payments are looked at for; null: nothing. */
  readonly laterRisk: LaterRisk | null;
  /** Ends what runs beside payments: probes and the reading of settings. */
  close(): Promise<void>;
}

/** What an orchestration is opened on. */
export interface OrchestrationSurroundings {
  readonly store: EventStore;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Opens the gateways of the configuration; left out, by the adapter that each names. */
  readonly adapter?: (settings: GatewaySettings) => PaymentGateway;
  /** Counted attempts, for rules that ask for them; left out, they are away. */
  readonly velocity?: VelocityCounter;
}

/**
 * Orchestration as configured, with the settings of gateways and routing as they stand in the store; a store that is
 * away does not hold it up. @throws ConfigError where times do not fit each other
 */
export async function openOrchestration(
  config: OrchestrationConfig,
  parts: OrchestrationSurroundings,
): Promise<Orchestration> {
  const { store, logger, metrics, adapter = openGateway } = parts;
  if (config.CALL_DEADLINE_MS < config.GATEWAY_TIMEOUT_MS) {
    throw new ConfigError(['CALL_DEADLINE_MS must be at least GATEWAY_TIMEOUT_MS.']);
  }
  const judgedMs = config.RISK_SERVICE_URL === undefined ? 0 : config.RISK_SERVICE_TIMEOUT_MS;
  if (config.CALL_DEADLINE_MS < judgedMs + config.GATEWAY_TIMEOUT_MS) {
    const least = 'GATEWAY_TIMEOUT_MS and RISK_SERVICE_TIMEOUT_MS together';
    throw new ConfigError([`CALL_DEADLINE_MS must be at least ${least}.`]);
  }
  const databaseUrl = config.DATABASE_URL?.reveal() ?? null;
  const lock = await openLock(config, { databaseUrl, logger, metrics });
  const risk = openRisk(config, { velocity: null, ...parts });
  const clock = new SystemClock();
  const resilience = { ...resilienceSettings(config), timeoutMs: config.GATEWAY_TIMEOUT_MS };
  const guarded = config.GATEWAYS.map((gateway) => ({
    adapter: new KeepableTexts(adapter(gateway)),
    settings: settingsOf(gateway, resilience),
  }));
  const registry = new GatewayRegistry({ store, clock }, config.GATEWAYS.map(profileOf));
  const rules = new RoutingRules({ store, clock }, registry.names());
  const settings = new SettingsPoll([registry, rules], logger);
  await settings.start();
  const watched = watchGateways(guarded, resilience.probeIntervalMs, { clock, logger, metrics });
  const gateways = new LiveGateways(watched.gateways, { registry, rules, vitals: watched.vitals });
  const ports: OrchestrationPorts = {
    store,
    gateways,
    risk: risk.assessor,
    lock,
    hooks: new PaymentHooks(REGISTERED_HOOKS, { timeoutMs: config.HOOK_TIMEOUT_MS, logger }),
    clock,
    chance: SYSTEM_CHANCE,
    settings: {
      gatewayTimeoutMs: config.GATEWAY_TIMEOUT_MS,
      callDeadlineMs: config.CALL_DEADLINE_MS,
      actionTimeoutS: config.ACTION_TIMEOUT_S,
      authorizationWindowS: config.AUTHORIZATION_WINDOW_S,
      refundWindowDays: config.REFUND_WINDOW_DAYS,
    },
    alarm: alarmWith(parts),
  };
  const close = async () => {
    watched.close();
    await settings.close();
    await risk.close();
    await lock.close();
  };
  return { ports, gateways, registry, rules, laterRisk: risk.later, close };
}

function alarmWith({ logger, metrics }: OrchestrationSurroundings): OrchestrationPorts['alarm'] {
  const alarms = metrics.counter({
    name: 'payment_alarms_total',
    help: 'Payments that an operator should look at, by what happened to them.',
    labels: ['kind'],
    fromZero: ALARM_KINDS.map((kind) => ({ kind })),
  });
  return (alarm) => {
    alarms.inc({ kind: alarm.kind });
    logger.warn({ alarm }, 'a payment needs a look');
  };
}
