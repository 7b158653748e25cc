import type { EventStore } from '../event-store/event-store.js';
import type { GatewayDirectory } from '../gateways/gateway-directory.js';
import type { PaymentLock } from '../locking/payment-lock.js';
import type { Chance } from '../platform/chance.js';
import type { Clock } from '../platform/clock.js';
import type { RiskAssessor } from '../risk/risk-assessor.js';
import type { PaymentHooks } from './hooks/payment-hooks.js';

/** Bounds of time around a payment; every one is an environment variable of the same name in upper case. */
export interface OrchestrationSettings {
  /** Bounds one call to a gateway. Default 10 s. */
  readonly gatewayTimeoutMs: number;
  /** Bounds a client's whole call. Default 20 s. */
  readonly callDeadlineMs: number;
  /** How long the customer may take to act. Default 1800 s. */
  readonly actionTimeoutS: number;
  /** The window of an authorization where the gateway names none. Default 7 days. */
  readonly authorizationWindowS: number;
  /** For how long after a capture refunds are possible. Default 180 days. */
  readonly refundWindowDays: number;
}

export const DEFAULT_ORCHESTRATION_SETTINGS: OrchestrationSettings = {
  gatewayTimeoutMs: 10_000,
  callDeadlineMs: 20_000,
  actionTimeoutS: 1_800,
  authorizationWindowS: 7 * 86_400,
  refundWindowDays: 180,
};

/** What everything that drives payments calls, or is bounded by. */
export interface OrchestrationPorts {
  readonly store: EventStore;
  readonly gateways: GatewayDirectory;
  readonly risk: RiskAssessor;
  /** Around a payment's orchestration, to save work; nothing is safe because of it. */
  readonly lock: PaymentLock;
  readonly hooks: PaymentHooks;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly settings: OrchestrationSettings;
  /** Told of what an operator should know: late approvals, broken money rules, unmatched facts, alarms of risk, lost outcomes. */
  readonly alarm: (alarm: PaymentAlarm) => void;
}

/** `outcome_unknown`: the gateway was asked in vain again and again what became of a call. */
export const ALARM_KINDS = [
  'money_rule_broken',
  'late_approval',
  'fact_unmatched',
  'risk_alarm',
  'outcome_unknown',
] as const;

export interface PaymentAlarm {
  readonly kind: (typeof ALARM_KINDS)[number];
  readonly paymentId: string;
}
