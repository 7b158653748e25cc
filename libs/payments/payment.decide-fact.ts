import { storedAmountOf } from '../money/stored-amount.js';
import { accept, type Decision } from './decision.js';
import type { GatewayFact } from './gateway-answer.js';
import { approvedEvent, approvedEvents } from './payment.decide-approval.js';
import {
  authorizationExpired,
  droppedEvents,
  isWaiting,
  type Word,
} from './payment.decide-common.js';
import { declinedEvents } from './payment.decide-decline.js';
import type { ApprovedMoney, RecordFact } from './payment.commands.js';
import type { FactReference, PaymentEvent } from './payment.events.js';
import { factName } from './payment.evolve.js';
import { withMoneyRules } from './payment.money-rules.js';
import { disputeOf, operationOfFact } from './payment.questions.js';
import type { Attempt, Operation, Payment } from './payment.state.js';
import { isAttempt } from './payment.totals.js';

/**
 * Records what a gateway's feed tells, in every status; a known fact adds nothing. A fact of an operation that has no
 * approval yet is first that operation's word: both are one append.
 */
export function decideFact(payment: Payment, command: RecordFact): Decision {
  const { fact, gateway, at } = command;
  const reference: FactReference = { gateway, id: fact.id };
  if (payment.facts.includes(factName(reference))) return accept();
  const operation = operationOfFact(payment, gateway, fact);
  const events =
    operation === undefined || !concerns(fact, operation) || fact.currency !== payment.currency
      ? [unmatched(fact, reference)]
      : eventsOfFact(payment, operation, {
          fact,
          word: wordOf(command, reference),
          approved: command.approved ?? null,
        });
  return accept(...withMoneyRules(payment, events, at));
}

/**
 * The operation that a dispute is the first to show as approved: it tells its own amount, not the approved one. Null for
 * any other fact.
 */
export function operationFirstShownByDispute(
  payment: Payment,
  gateway: string,
  fact: GatewayFact,
): Operation | null {
  if (!('disputeId' in fact.kind)) return null;
  if (payment.facts.includes(factName({ gateway, id: fact.id }))) return null;
  const operation = operationOfFact(payment, gateway, fact);
  if (operation === undefined || !concerns(fact, operation)) return null;
  return operation.outcome === 'approved' && !movesAfterVoid(operation) ? null : operation;
}

/** A voided reference of which a fact tells that it moved money after all. */
function movesAfterVoid(operation: Operation): operation is Attempt {
  return isAttempt(operation) && operation.voided && operation.undo === 'no';
}

interface FactAndWord {
  readonly fact: GatewayFact;
  readonly approved: ApprovedMoney | null;
  readonly word: Word & { readonly fact: FactReference };
}

function wordOf(command: RecordFact, fact: FactReference): FactAndWord['word'] {
  return {
    at: command.at,
    soleSender: false,
    otherGateway: command.otherGateway ?? false,
    defaultExpiresAt: command.defaultExpiresAt,
    actionTimesOutAt: command.at,
    fact,
  };
}

/** Settlements and disputes are of money taken, refund facts of refunds. */
function concerns(fact: GatewayFact, operation: Operation): boolean {
  switch (fact.kind.type) {
    case 'settled':
    case 'settlement_failed':
    case 'dispute_opened':
    case 'dispute_won':
    case 'dispute_lost':
      return operation.operation === 'capture' || operation.operation === 'purchase';
    case 'refund_succeeded':
    case 'refund_failed':
      return operation.operation === 'refund';
    case 'authorization_gone':
      return isAttempt(operation);
    case 'operation_approved':
    case 'operation_declined':
      return true;
  }
}

function unmatched(fact: GatewayFact, reference: FactReference): PaymentEvent {
  const { key, currency } = fact;
  const amount = storedAmountOf(fact.amount);
  return {
    type: 'FactUnmatched',
    data: { kind: fact.kind.type, key, amount, currency, fact: reference },
  };
}

function eventsOfFact(
  payment: Payment,
  operation: Operation,
  told: FactAndWord,
): readonly PaymentEvent[] {
  const { fact, word } = told;
  const { kind } = fact;
  switch (kind.type) {
    case 'operation_approved': {
      const { reference, expiresAt, settled } = kind;
      return approvedEvents(
        payment,
        operation,
        approval(fact, { reference, expiresAt, settled }),
        word,
      );
    }
    case 'operation_declined': {
      // An approval stands, an operator's for instance: what contradicts it is told to one.
      if (operation.outcome === 'approved') return [unmatched(fact, word.fact)];
      const { code, message } = kind;
      const answer = { outcome: 'declined', code, message, authorizationGone: false } as const;
      return declinedEvents(payment, operation, answer, word);
    }
    case 'authorization_gone':
      return goneByFact(payment, operation, word.fact);
    case 'refund_succeeded':
      return proven(payment, operation, told);
    case 'refund_failed':
      return refundFailed(operation, word.fact);
    case 'settled':
    case 'settlement_failed':
      return settlement(payment, operation, told);
    case 'dispute_opened':
    case 'dispute_won':
    case 'dispute_lost':
      return dispute(payment, operation, told);
  }
}

function approval(
  fact: GatewayFact,
  said: {
    readonly reference: string;
    readonly expiresAt: string | null;
    readonly settled: boolean;
  },
) {
  const { amount, currency } = fact;
  return { outcome: 'approved', amount, currency, authorizationGone: false, ...said } as const;
}

/** The events that show the operation approved where the stream does not know it yet. */
function proven(
  payment: Payment,
  operation: Operation,
  { fact, word, approved }: FactAndWord,
): readonly PaymentEvent[] {
  const asAsked = { amount: operation.amount, settled: false };
  const { amount, settled } =
    'disputeId' in fact.kind ? (approved ?? asAsked) : { amount: fact.amount, settled: false };
  const reference = operation.reference ?? fact.reference ?? operation.key;
  const said = { reference, expiresAt: null, settled };
  const answer = { ...approval(fact, said), amount };
  // Known by the fact's own event, which follows; only a refund's success is that event itself.
  const silent = { ...word, fact: operation.operation === 'refund' ? word.fact : null };
  if (movesAfterVoid(operation)) {
    // It is another approval.
    return [approvedEvent(operation, answer, { ...silent, undo: true })];
  }
  if (operation.outcome === 'approved') return [];
  return approvedEvents(payment, operation, answer, silent);
}

function settlement(
  payment: Payment,
  operation: Operation,
  told: FactAndWord,
): readonly PaymentEvent[] {
  const { fact, word } = told;
  const first = proven(payment, operation, told);
  const settled = fact.kind.type === 'settled';
  const stands = 'settlement' in operation ? operation.settlement : 'none';
  if (first.length === 0 && stands === (settled ? 'settled' : 'failed')) return [];
  const data = { intent: operation.intent, amount: storedAmountOf(fact.amount), fact: word.fact };
  return [...first, { type: settled ? 'CaptureSettled' : 'SettlementFailed', data }];
}

function dispute(
  payment: Payment,
  operation: Operation,
  told: FactAndWord,
): readonly PaymentEvent[] {
  const { fact, word } = told;
  const { kind } = fact;
  if (!('disputeId' in kind)) return [];
  const { disputeId } = kind;
  const { intent } = operation;
  const known = disputeOf(payment, { intent, disputeId });
  const type = DISPUTE_EVENT[kind.type];
  const older = known !== undefined && type === 'DisputeOpened';
  if (older || (known !== undefined && type === DISPUTE_EVENT_OF[known.status])) return [];
  const amount = storedAmountOf(fact.amount);
  const data = { intent, disputeId, amount, fact: word.fact };
  return [...proven(payment, operation, told), { type, data }];
}

const DISPUTE_EVENT = {
  dispute_opened: 'DisputeOpened',
  dispute_won: 'DisputeWon',
  dispute_lost: 'DisputeLost',
} as const;

const DISPUTE_EVENT_OF = { open: 'DisputeOpened', won: 'DisputeWon', lost: 'DisputeLost' } as const;

/**
 * Also after it had succeeded: the sum is simply there again. And once after an answer said so: from then on only the
 * feed moves the refund, however late another answer comes.
 */
function refundFailed(operation: Operation, fact: FactReference): readonly PaymentEvent[] {
  if (operation.operation === 'refund' && operation.failedInFeed) return [];
  const message = 'The gateway reported that the refund failed.';
  const data = { intent: operation.intent, code: 'generic_decline' as const, message, fact };
  return [{ type: 'RefundFailed', data }];
}

function goneByFact(
  payment: Payment,
  operation: Operation,
  fact: FactReference,
): readonly PaymentEvent[] {
  const { intent } = operation;
  if (payment.hold?.intent === intent && payment.hold.state === 'held') {
    return [authorizationExpired(intent, 'fact', fact)];
  }
  if (operation.operation === 'authorize' && operation.undo === 'due') {
    return [authorizationExpired(intent, 'fact', fact)];
  }
  if (!isWaiting(operation)) return [];
  return droppedEvents(payment, intent, fact);
}
