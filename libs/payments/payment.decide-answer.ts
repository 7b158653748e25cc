import { accept, reject, type Decision } from './decision.js';
import { DECLINE_CODES, type DeclineCode, type FailureCode } from './failure-codes.js';
import type { GatewayAnswer } from './gateway-answer.js';
import type { RecordAnswer, RecordAuthorizationWord, TakeOver } from './payment.commands.js';
import type { FactReference, PaymentEvent } from './payment.events.js';
import { ATTEMPTS_MAX } from './payment.limits.js';
import { withMoneyRules } from './payment.money-rules.js';
import type { Attempt, Operation, Payment, Void } from './payment.state.js';
import { isAttempt, isInFlight, isOpenIntent } from './payment.totals.js';

/** The part of a command that turns a gateway's word into events; a fact brings its reference. */
export interface Word {
  readonly at: string;
  readonly soleSender: boolean;
  readonly otherGateway: boolean;
  readonly defaultExpiresAt: string;
  readonly actionTimesOutAt: string;
  readonly fact: FactReference | null;
}

type Answer<Outcome extends GatewayAnswer['outcome']> = Extract<
  GatewayAnswer,
  { outcome: Outcome }
>;

/** Records a gateway's word on an intent. A word that tells nothing new leads to no events. */
export function decideAnswer(payment: Payment, command: RecordAnswer): Decision {
  const operation = payment.operations[command.intent - 1];
  if (operation === undefined) return reject('ILLEGAL_TRANSITION', 'There is no such intent.');
  const events = eventsOfWord(payment, operation, command.answer, { ...command, fact: null });
  return accept(...withMoneyRules(payment, events, command.at));
}

/** From here on only the gateway's word closes the intent, and a refusal is none. */
export function decideTakeOver(payment: Payment, command: TakeOver): Decision {
  const operation = payment.operations[command.intent - 1];
  if (operation === undefined || operation.outcome !== 'open') return accept();
  const { intent, reason } = command;
  return accept({ type: 'OutcomeUnknown', data: { intent, reason } });
}

/** The gateway's word on an authorization at the end of its window. */
export function decideAuthorizationWord(
  payment: Payment,
  command: RecordAuthorizationWord,
): Decision {
  const { hold } = payment;
  if (hold === null || hold.state !== 'held') return accept();
  if (command.gone) return accept(authorizationExpired(hold.intent, 'asked', null));
  const later = command.expiresAt !== null && command.expiresAt > hold.expiresAt;
  if (!later || command.expiresAt === null) return accept();
  const { expiresAt } = command;
  return accept({ type: 'AuthorizationExtended', data: { intent: hold.intent, expiresAt } });
}

export function eventsOfWord(
  payment: Payment,
  operation: Operation,
  answer: GatewayAnswer,
  word: Word,
): readonly PaymentEvent[] {
  switch (answer.outcome) {
    case 'approved':
      return approvedEvents(payment, operation, answer, word);
    case 'declined':
      return declinedEvents(payment, operation, answer, word);
    case 'requires_action':
      return actionEvents(operation, answer, word);
    case 'pending':
      return pendingEvents(operation, answer.reference);
    case 'refused':
      return refusedEvents(payment, operation, answer, word);
    case 'unknown':
      return unknownEvents(operation, answer.message);
  }
}

export function approvedEvents(
  payment: Payment,
  operation: Operation,
  answer: Answer<'approved'>,
  word: Word,
): readonly PaymentEvent[] {
  const { intent } = operation;
  const { fact } = word;
  const amount = answer.amount.toString();
  const gone = answer.authorizationGone ? goneEvents(payment, operation, fact) : [];
  if (isAttempt(operation)) {
    const events = attemptApproved(payment, operation, answer, word);
    const expired =
      answer.authorizationGone && operation.operation === 'authorize' && events.length > 0
        ? [authorizationExpired(intent, 'answer', fact)]
        : gone;
    return [...events, ...expired];
  }
  if (operation.outcome === 'approved') return gone;
  switch (operation.operation) {
    case 'capture': {
      const { reference, settled } = answer;
      const data = { intent, reference, amount, settled, fact };
      return [{ type: 'CaptureApproved', data }, ...gone];
    }
    case 'increment':
      return [{ type: 'IncrementApproved', data: { intent, amount, fact } }, ...gone];
    case 'void':
      return [{ type: 'VoidApproved', data: { intent, fact } }];
    case 'refund':
      if (operation.failedInFeed && fact === null) return [];
      return [{ type: 'RefundSucceeded', data: { intent, amount, fact } }];
  }
}

function attemptApproved(
  payment: Payment,
  attempt: Attempt,
  answer: Answer<'approved'>,
  word: Word,
): readonly PaymentEvent[] {
  // An approval of a reference that was voided is an older fact.
  if (attempt.outcome === 'approved' || attempt.voided) return [];
  const asAsked = answer.amount === attempt.amount && answer.currency === payment.currency;
  const current = isCurrentAttempt(payment, attempt);
  const undo = !(asAsked && current);
  const approved = approvedEvent(attempt, answer, { ...word, undo });
  if (!undo || !current) return [approved];
  return [approved, payment.wish === null ? partialApproval() : endAsAsked(payment)];
}

/** The attempt that the payment is waiting for, and nothing that it rests on yet. */
function isCurrentAttempt(payment: Payment, attempt: Attempt): boolean {
  const waits = payment.phase.name === 'PROCESSING' || payment.phase.name === 'REQUIRES_ACTION';
  const free = payment.base === null && payment.amountCaptured === 0n;
  return waits && free && attempt.intent > payment.lifeFrom && isWaiting(attempt);
}

/** No word ended the attempt yet. One that was voided while the customer was to act is over. */
export function isWaiting(operation: Operation): boolean {
  if (isAttempt(operation) && operation.voided) return false;
  return operation.outcome === 'action' || isInFlight(operation);
}

export function approvedEvent(
  attempt: Attempt,
  answer: Answer<'approved'>,
  word: Pick<Word, 'defaultExpiresAt' | 'fact'> & { readonly undo: boolean },
): PaymentEvent {
  const { undo, fact } = word;
  const { reference, currency, settled } = answer;
  const data = { intent: attempt.intent, reference, amount: answer.amount.toString(), currency };
  if (attempt.operation === 'purchase') {
    return { type: 'PurchaseApproved', data: { ...data, settled, undo, fact } };
  }
  const expiresAt = answer.expiresAt ?? word.defaultExpiresAt;
  const windowFrom = answer.expiresAt === null ? 'default' : 'gateway';
  return { type: 'AuthorizationApproved', data: { ...data, expiresAt, windowFrom, undo, fact } };
}

function partialApproval(): PaymentEvent {
  const message = 'The gateway approved another amount than asked for; it is given back.';
  return { type: 'PaymentFailed', data: { code: 'partial_approval', message } };
}

/** Where a void was asked for, its direction stands: the payment ends as asked. */
export function endAsAsked(payment: Payment): PaymentEvent {
  if (payment.wish?.cause === 'action_timed_out') {
    const message = 'The customer did not act in time.';
    return { type: 'PaymentFailed', data: { code: 'action_timed_out', message } };
  }
  const voiding = payment.operations.findLast(({ operation }) => operation === 'void');
  const reason = voiding?.operation === 'void' ? voiding.reason : null;
  return { type: 'PaymentCancelled', data: { reason } };
}

export function declinedEvents(
  payment: Payment,
  operation: Operation,
  answer: Answer<'declined'>,
  word: Word,
): readonly PaymentEvent[] {
  const { intent } = operation;
  const { code, message } = answer;
  const gone = answer.authorizationGone ? goneEvents(payment, operation, word.fact) : [];
  // An attempt of an earlier life has nothing to say about this one.
  const earlier = isAttempt(operation) && operation.intent <= payment.lifeFrom;
  if (earlier || !isWaiting(operation)) return gone;
  const data = { intent, code, message, fact: word.fact };
  switch (operation.operation) {
    case 'authorize':
    case 'purchase':
      return attemptDeclined(payment, operation, answer, word);
    case 'capture':
      return [{ type: 'CaptureDeclined', data }, ...gone];
    case 'increment':
      return [{ type: 'IncrementDeclined', data }, ...gone];
    case 'void':
      // Gone first: what is not there any more needs no further void.
      return [...gone, { type: 'VoidDeclined', data }];
    case 'refund':
      return [{ type: 'RefundFailed', data }];
  }
}

function attemptDeclined(
  payment: Payment,
  attempt: Attempt,
  answer: Answer<'declined'>,
  word: Word,
): readonly PaymentEvent[] {
  const { intent } = attempt;
  const { code, message } = answer;
  const { fact } = word;
  if (payment.wish !== null) {
    const declined = { intent, code, message, ends: null, fact };
    return [{ type: 'AttemptDeclined', data: declined }, endAsAsked(payment)];
  }
  const ends = endOfAttempt(payment, attempt, { code, otherGateway: word.otherGateway });
  return [{ type: 'AttemptDeclined', data: { intent, code, message, ends, fact } }];
}

/** The failure that a decline ends the payment with; null where another attempt may help. */
function endOfAttempt(
  payment: Payment,
  attempt: Attempt,
  decline: { readonly code: DeclineCode; readonly otherGateway: boolean },
): FailureCode | null {
  const again = DECLINE_CODES[decline.code];
  if (again === 'never') return decline.code;
  const helps =
    (again === 'same_gateway_once' && !triedAgain(payment, attempt)) || decline.otherGateway;
  if (!helps) return decline.code;
  return payment.operations.filter(isAttempt).length >= ATTEMPTS_MAX ? 'attempts_exhausted' : null;
}

/** The attempt before, in this life, met the same gateway and was declined with a code that allows one more there. */
export function triedAgain(payment: Payment, attempt: Attempt): boolean {
  const before = payment.operations
    .slice(payment.lifeFrom, attempt.intent - 1)
    .filter(isAttempt)
    .some((other) => other.gateway === attempt.gateway);
  return before;
}

function actionEvents(
  operation: Operation,
  answer: Answer<'requires_action'>,
  word: Word,
): readonly PaymentEvent[] {
  if (!isAttempt(operation)) {
    return unknownEvents(operation, 'the gateway asked for an action that this operation has not');
  }
  if (!isOpenIntent(operation)) return [];
  const { reference, redirectUrl } = answer;
  const timesOutAt = word.actionTimesOutAt;
  const data = { intent: operation.intent, reference, redirectUrl, timesOutAt };
  return [{ type: 'ActionRequired', data }];
}

/** Pending closes only a refund's intent; any other stays open and is asked for like an unknown outcome. */
function pendingEvents(operation: Operation, reference: string): readonly PaymentEvent[] {
  const { intent } = operation;
  if (operation.operation === 'refund') {
    const open = operation.outcome === 'open' || operation.outcome === 'unknown';
    return open ? [{ type: 'RefundPending', data: { intent, reference } }] : [];
  }
  if (operation.outcome !== 'open') return [];
  return [{ type: 'OperationPending', data: { intent, reference } }];
}

function refusedEvents(
  payment: Payment,
  operation: Operation,
  answer: Answer<'refused'>,
  word: Word,
): readonly PaymentEvent[] {
  if (operation.outcome !== 'open') return [];
  if (!word.soleSender) return unknownEvents(operation, answer.message);
  const { intent } = operation;
  const { reason, message } = answer;
  if (isAttempt(operation)) {
    const ends = endOfAttempt(payment, operation, {
      code: 'gateway_refused',
      otherGateway: word.otherGateway,
    });
    return [{ type: 'AttemptRefused', data: { intent, reason, message, ends } }];
  }
  // A 429, or nothing sent, leaves the intent open: it is sent again under its key.
  if (reason !== 'rejected') return [];
  const declined = {
    outcome: 'declined',
    code: 'gateway_refused',
    message,
    authorizationGone: false,
  } as const;
  return declinedEvents(payment, operation, declined, word);
}

function unknownEvents(operation: Operation, reason: string): readonly PaymentEvent[] {
  if (operation.outcome !== 'open') return [];
  return [{ type: 'OutcomeUnknown', data: { intent: operation.intent, reason } }];
}

/** "Authorization gone" in any answer ends it in the same append. */
function goneEvents(
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
    const due = target !== undefined && isAttempt(target) && target.undo === 'due';
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
