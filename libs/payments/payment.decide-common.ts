import type { GatewayAnswer } from './gateway-answer.js';
import type { FactReference, PaymentEvent } from './payment.events.js';
import type { Operation, Payment, Void } from './payment.state.js';
import { isAttempt, isInFlight } from './payment.totals.js';

/** The part of a command that turns a gateway's word into events; a fact brings its reference. */
export interface Word {
  readonly at: string;
  readonly soleSender: boolean;
  readonly otherGateway: boolean;
  readonly defaultExpiresAt: string;
  readonly actionTimesOutAt: string;
  readonly fact: FactReference | null;
}

/** One kind of answer. */
export type Answer<Outcome extends GatewayAnswer['outcome']> = Extract<
  GatewayAnswer,
  { outcome: Outcome }
>;

/** No word ended the attempt yet. One that was voided while the customer was to act is over. */
export function isWaiting(operation: Operation): boolean {
  if (isAttempt(operation) && operation.voided) return false;
  return operation.outcome === 'action' || isInFlight(operation);
}

/** Where a void was asked for, its direction stands: the payment ends as asked. */
export function endAsAsked(payment: Payment): PaymentEvent {
  if (payment.wish?.cause === 'action_timed_out') {
    const message = 'The customer did not act in time.';
    return { type: 'PaymentFailed', data: { code: 'action_timed_out', message } };
  }
  // A void of ours that came after the cancel has no reason of its own.
  const reasons = payment.operations
    .slice(payment.lifeFrom)
    .map((operation) => (operation.operation === 'void' ? operation.reason : null));
  const reason = reasons.findLast((given) => given !== null) ?? null;
  return { type: 'PaymentCancelled', data: { reason } };
}

/** "Authorization gone" in any answer ends it in the same append. */
export function goneEvents(
  payment: Payment,
  operation: Operation,
  fact: FactReference | null,
): readonly PaymentEvent[] {
  if (waitsForAction(payment, operation)) return droppedEvents(payment, operation.target, fact);
  const intent = authorizationOf(payment, operation);
  if (intent === null) return [];
  return [authorizationExpired(intent, 'answer', fact)];
}

/** A void found nothing to release of an action that nobody finished: as if voided. */
function waitsForAction(payment: Payment, operation: Operation): operation is Void {
  if (operation.operation !== 'void' || payment.phase.name !== 'REQUIRES_ACTION') return false;
  return payment.phase.intent === operation.target;
}

/** The gateway dropped an attempt before it was decided. */
export function droppedEvents(
  payment: Payment,
  intent: number,
  fact: FactReference | null,
): readonly PaymentEvent[] {
  const message = 'The gateway dropped the attempt before it was decided.';
  const code = 'generic_decline' as const;
  const wished = payment.wish !== null;
  const data = { intent, code, message, ends: wished ? null : code, fact };
  return [{ type: 'AttemptDeclined', data }, ...(wished ? [endAsAsked(payment)] : [])];
}

function authorizationOf(payment: Payment, operation: Operation): number | null {
  if (operation.operation === 'refund') return null;
  const held = payment.hold?.state === 'held' ? payment.hold.intent : null;
  if (operation.operation === 'void' || isAttempt(operation)) {
    const intent = operation.operation === 'void' ? operation.target : operation.intent;
    const target = payment.operations[intent - 1];
    // A purchase has taken the money: it is given back by a refund, whatever became of the authorization.
    const due = target?.operation === 'authorize' && target.undo === 'due';
    return due || held === intent ? intent : null;
  }
  // A capture or increment opened before the authorization that is held now was of an earlier one.
  return held !== null && held < operation.intent ? held : null;
}

export function authorizationExpired(
  intent: number,
  reason: string,
  fact: FactReference | null,
): PaymentEvent {
  return { type: 'AuthorizationExpired', data: { intent, reason, fact } };
}
