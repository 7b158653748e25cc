import { createHash } from 'node:crypto';
import { InMemoryEventStore } from '../event-store/in-memory/in-memory-event-store.js';
import { ConfiguredGateways } from '../gateways/gateway-directory.js';
import type { PaymentHook } from '../orchestration/hooks/payment-hook.js';
import { PaymentHooks } from '../orchestration/hooks/payment-hooks.js';
import {
  DEFAULT_ORCHESTRATION_SETTINGS,
  type OrchestrationPorts,
  type OrchestrationSettings,
} from '../orchestration/orchestration.js';
import { PaymentCallRunner } from '../orchestration/payment-call-runner.js';
import type { CallAnswer, PaymentCall, PaymentRequest } from '../orchestration/payment-calls.js';
import { NoLock } from '../locking/none/no-lock.js';
import type { PaymentLock } from '../locking/payment-lock.js';
import { SYSTEM_CHANCE } from '../platform/chance.js';
import { SystemClock } from '../platform/clock.js';
import { newCorrelationId } from '../platform/ids.js';
import { amountLimitAssessor } from '../risk/amount-limits.js';
import type { ScriptedGateway } from './scripted-gateway.js';
import { card, LEFT_OUT } from './plain-create.js';

export const PAYMENT_ID = 'pay_0190aaaa';
export const MERCHANT = 'mer_one';

interface HouseParts {
  readonly lock?: PaymentLock;
  readonly hooks?: readonly PaymentHook[];
  readonly store?: InMemoryEventStore;
}

const HOOK_TIMEOUT_MS = 200;

/** A house in memory around these gateways. */
export function house(
  gateways: readonly ScriptedGateway[],
  settings: Partial<OrchestrationSettings> = {},
  { lock = new NoLock(), hooks = [], store = new InMemoryEventStore() }: HouseParts = {},
) {
  const ports: OrchestrationPorts = {
    store,
    gateways: new ConfiguredGateways(gateways),
    risk: amountLimitAssessor({ reviewAbove: 500_000n, rejectAbove: 900_000n }),
    lock,
    hooks: new PaymentHooks(hooks, {
      timeoutMs: HOOK_TIMEOUT_MS,
      logger: { warn: () => undefined },
    }),
    clock: new SystemClock(),
    chance: SYSTEM_CHANCE,
    settings: { ...DEFAULT_ORCHESTRATION_SETTINGS, ...settings },
    alarm: () => undefined,
  };
  return { store, ports, runner: new PaymentCallRunner(ports) };
}

/** A create request: 25.00 EUR, automatic. */
export function create(
  over: Partial<Extract<PaymentRequest, { command: 'create' }>> = {},
): PaymentRequest {
  return {
    command: 'create',
    merchantId: MERCHANT,
    amount: 2500n,
    currency: 'EUR',
    captureMethod: 'automatic',
    paymentMethod: card(),
    ...LEFT_OUT,
    ...over,
  };
}

/** A merchant's call; `key` null: without Idempotency-Key. */
export function call(
  request: PaymentRequest,
  key: string | null,
  over: Partial<PaymentCall> = {},
): PaymentCall {
  const body = JSON.stringify(request, (_name, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return {
    paymentId: PAYMENT_ID,
    request,
    tenant: MERCHANT,
    actor: `merchant:${MERCHANT}`,
    idempotency:
      key === null
        ? null
        : {
            keyHash: `hash-of-${key}`,
            requestHash: createHash('sha256').update(body).digest('hex'),
          },
    correlationId: newCorrelationId(),
    expectedRevision: null,
    dryRun: false,
    ...over,
  };
}

export function paymentOf(answer: CallAnswer) {
  if (answer.kind !== 'payment') throw new Error(`no payment: ${JSON.stringify(answer)}`);
  return answer;
}
