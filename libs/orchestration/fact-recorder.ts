import { WrongRevision } from '../event-store/event-store.js';
import type { GatewayFact } from '../gateways/payment-gateway.js';
import { decide } from '../payments/payment.decide.js';
import { nextStep } from '../payments/payment.next-step.js';
import type { Payment } from '../payments/payment.state.js';
import { openIntentOf } from '../payments/payment.totals.js';
import { crashPoint } from '../platform/crash-points.js';
import { raiseAlarms } from './alarms.js';
import type { ToldFact } from './asked-before-fact.js';
import { disputedApproval } from './disputed-approval.js';
import { windowEnd } from './gateway-word.js';
import type { OrchestrationPorts } from './orchestration.js';
import { hasOtherGateway } from './other-gateway.js';
import { isOvertaken } from './overtaken-facts.js';
import { PaymentWork } from './payment-work.js';

/** A payment that many write to at once still takes a fact within these reloads. */
const RELOADS_MAX = 20;

export type FactOutcome = 'recorded' | 'known' | 'no_such_payment';

/**
 * Records one fact of a gateway's feed in its payment's stream, whatever the status; a repeated one adds nothing.
 * @throws StoreUnavailable, AppendDeadlineExceeded, WrongRevision after RELOADS_MAX, GatewayUnreachable where the
 * gateway has to be asked first and can't be
 */
export async function recordFact(
  ports: OrchestrationPorts,
  gateway: string,
  fact: GatewayFact,
): Promise<FactOutcome> {
  return await recordTold(ports, { gateway, fact, atLast: false });
}

/** As `recordFact`, but without the gateway's word where it gives none: it was waited for long enough. */
export async function recordFactAtLast(
  ports: OrchestrationPorts,
  gateway: string,
  fact: GatewayFact,
): Promise<FactOutcome> {
  return await recordTold(ports, { gateway, fact, atLast: true });
}

async function recordTold(ports: OrchestrationPorts, told: ToldFact): Promise<FactOutcome> {
  for (let reloads = 0; ; reloads += 1) {
    try {
      return await recordOnce(ports, told);
    } catch (error) {
      if (!(error instanceof WrongRevision) || reloads >= RELOADS_MAX) throw error;
    }
  }
}

async function recordOnce(ports: OrchestrationPorts, told: ToldFact): Promise<FactOutcome> {
  const { gateway, fact } = told;
  const { clock, chance, settings } = ports;
  const { paymentId } = fact;
  const { work } = await PaymentWork.load(ports, { paymentId, correlationId: chance.newId() });
  if (work.payment === null) return 'no_such_payment';
  if (isOfAnother(ports, work.payment, told)) return 'known';
  const at = work.now();
  if (await isOvertaken(ports, work.payment, told)) return 'known';
  const decided = decide(work.payment, {
    type: 'RecordFact',
    gateway,
    fact,
    otherGateway: otherGatewayMayHelp(ports, work.payment, fact),
    approved: await disputedApproval(ports, work.payment, told),
    defaultExpiresAt: windowEnd(ports, at),
    at,
  });
  if (!decided.accepted || decided.events.length === 0) return 'known';
  const before = work.payment;
  work.add(decided.events, { at, actor: `gateway:${gateway}` });
  crashPoint('fact-decided');
  await work.commit(callAtRest(work.payment), clock.monotonicMs() + settings.callDeadlineMs);
  crashPoint('fact-durable');
  raiseAlarms(ports, before, decided.events);
  return 'recorded';
}

/** Two gateways on one account hear of each other's operations: the one that it was sent to tells of it, too. */
function isOfAnother(
  { gateways }: Pick<OrchestrationPorts, 'gateways'>,
  { operations }: Payment,
  { gateway, fact }: ToldFact,
): boolean {
  const operation = operations.find(({ key }) => key === fact.key);
  if (operation === undefined || operation.gateway === gateway) return false;
  return gateways.get(operation.gateway) !== null;
}

/** After any other fact no other gateway is asked. */
function otherGatewayMayHelp(
  ports: OrchestrationPorts,
  payment: Payment,
  fact: GatewayFact,
): boolean {
  if (fact.kind.type !== 'operation_declined') return false;
  const attempt = payment.operations.find(({ key }) => key === fact.key);
  return hasOtherGateway(ports, payment, attempt);
}

/** The call that a fact has brought to rest: its operation has its word, and nothing further is due at once. */
function callAtRest(payment: Payment): readonly string[] {
  const { openCall } = payment;
  if (openCall === null || openIntentOf(payment)?.outcome === 'open') return [];
  const step = nextStep(payment);
  const goesOn =
    step.step === 'attempt' ||
    ((step.step === 'capture' || step.step === 'void') && step.at === null);
  return goesOn ? [] : [openCall.keyHash];
}
