import { accept, accepted, reject, type Decision } from './decision.js';
import type { GatewayAnswer } from './gateway-answer.js';
import type { RecordAnswer, RecordAuthorizationWord, TakeOver } from './payment.commands.js';
import { approvedEvents } from './payment.decide-approval.js';
import { authorizationExpired, type Answer, type Word } from './payment.decide-common.js';
import { declinedEvents, refusedEvents, unknownEvents } from './payment.decide-decline.js';
import type { PaymentEvent } from './payment.events.js';
import { withMoneyRules } from './payment.money-rules.js';
import type { Operation, Payment } from './payment.state.js';
import { isAttempt, isOpenIntent } from './payment.totals.js';

/** Records a gateway's word on an intent. A word that tells nothing new leads to no events. */
export function decideAnswer(payment: Payment, command: RecordAnswer): Decision {
  const operation = payment.operations[command.intent - 1];
  if (operation === undefined) return reject('ILLEGAL_TRANSITION', 'There is no such intent.');
  const word: Word = {
    at: command.at,
    soleSender: command.soleSender,
    otherGateway: command.otherGateway,
    defaultExpiresAt: command.defaultExpiresAt,
    actionTimesOutAt: command.actionTimesOutAt,
    fact: null,
  };
  const events = eventsOfWord(payment, operation, command.answer, word);
  return accepted(withMoneyRules(payment, events, command.at));
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
      if (isOfAnotherCurrency(payment, operation, answer)) {
        return unknownEvents(operation, `approved in ${answer.currency}, which nobody asked for`);
      }
      return approvedEvents(payment, operation, answer, word);
    case 'declined':
      return declinedEvents(payment, operation, answer, word);
    case 'requires_action':
      return actionEvents(operation, answer, word);
    case 'pending':
      return pendingEvents(payment, operation, answer.reference);
    case 'refused':
      return refusedEvents(payment, operation, answer, word);
    case 'unknown':
      return unknownEvents(operation, answer.message);
  }
}

/** Of what counts in the totals; an attempt in another currency is another approval, and its undoing is in that one, too. */
function isOfAnotherCurrency(
  { currency }: Payment,
  operation: Operation,
  answer: Answer<'approved'>,
): boolean {
  switch (operation.operation) {
    case 'authorize':
    case 'purchase':
    case 'void':
      return false;
    case 'refund':
      return operation.cause !== 'undo' && answer.currency !== currency;
    case 'capture':
    case 'increment':
      return answer.currency !== currency;
  }
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
function pendingEvents(
  payment: Payment,
  operation: Operation,
  reference: string,
): readonly PaymentEvent[] {
  const { intent, outcome } = operation;
  if (operation.operation === 'refund') {
    // What an operator closed and its gateway may still pay takes its amount again.
    const byHand = outcome === 'declined' && payment.closedByHand.includes(intent);
    const open = outcome === 'open' || outcome === 'unknown';
    const opens = open || (byHand && !operation.failedInFeed);
    return opens ? [{ type: 'RefundPending', data: { intent, reference } }] : [];
  }
  if (outcome !== 'open') return [];
  return [{ type: 'OperationPending', data: { intent, reference } }];
}
