import { applyOperationEvent } from './payment.evolve-operations.js';
import {
  CorruptStreamError,
  endedPhase,
  type Change,
  type PastPaymentEvent,
} from './payment.evolve-common.js';
import type { Dispute, OpenCall, Payment } from './payment.state.js';
import { isOfUndone, isOpenIntent, settleTotals, type DraftPayment } from './payment.totals.js';

export { CorruptStreamError, type PastPaymentEvent } from './payment.evolve-common.js';

/** The payment after one more event. @throws CorruptStreamError for an impossible history */
export function evolve(payment: Payment | null, event: PastPaymentEvent): Payment {
  if (event.type === 'PaymentInitiated') {
    if (payment !== null) throw new CorruptStreamError('a payment is initiated once');
    return initiated(event);
  }
  if (payment === null) throw new CorruptStreamError(`${event.type} before PaymentInitiated`);
  // One copy an event, changed before anybody holds it: the fold is on the path of every call and every read.
  const next: DraftPayment = { ...payment };
  Object.assign(next, applied(payment, event));
  next.revision = payment.revision + 1;
  next.updatedAt = event.at;
  settleTotals(next);
  next.openCall = callAfter(payment.openCall, event);
  return next;
}

function callAfter(before: OpenCall | null, event: PastPaymentEvent): OpenCall | null {
  const opened: OpenCall | null =
    event.call === undefined ? before : { keyHash: event.call, since: event.at };
  const answered = opened !== null && event.answers?.includes(opened.keyHash) === true;
  return answered ? null : opened;
}

function initiated(event: PastPaymentEvent & { type: 'PaymentInitiated' }): Payment {
  const { data } = event;
  return {
    revision: 0,
    id: data.paymentId,
    merchantId: data.merchantId,
    amount: BigInt(data.amount),
    currency: data.currency,
    captureMethod: data.captureMethod,
    captureAfterS: data.captureAfterS,
    paymentMethod: data.paymentMethod,
    customerId: data.customerId,
    orderId: data.orderId,
    description: data.description,
    metadata: data.metadata,
    createdAt: event.at,
    updatedAt: event.at,
    status: 'INITIATED',
    phase: { name: 'INITIATED' },
    rejected: false,
    lifeFrom: 0,
    operations: [],
    base: null,
    hold: null,
    authorizedAt: null,
    lastCaptureAt: null,
    amountAuthorized: 0n,
    amountCaptured: 0n,
    amountRefunded: 0n,
    amountRefunding: 0n,
    amountChargedBack: 0n,
    lastTaker: null,
    disputes: [],
    declined: null,
    wish: null,
    facts: [],
    stop: null,
    knownExcess: 0n,
    ownDeclines: 0,
    lastOwnDeclineAt: null,
    openCall: callAfter(null, event),
  };
}

function applied(
  payment: Payment,
  event: Exclude<PastPaymentEvent, { type: 'PaymentInitiated' }>,
): Change {
  switch (event.type) {
    case 'PaymentFailed':
      return { phase: { name: 'FAILED', ...event.data }, wish: null };
    case 'ReviewRequested':
      return { phase: { name: 'UNDER_REVIEW', origin: event.data.origin } };
    case 'ReviewApproved':
      return { phase: { name: reviewOrigin(payment) } };
    case 'ReviewRejected':
      return reviewRejected(payment);
    case 'PaymentCancelled':
      return { phase: { name: 'CANCELLED' }, wish: null };
    case 'RetryRequested':
      return {
        phase: { name: 'INITIATED' },
        paymentMethod: event.data.paymentMethod ?? payment.paymentMethod,
        lifeFrom: payment.operations.length,
        base: null,
        hold: null,
        authorizedAt: null,
        amountAuthorized: 0n,
        declined: null,
        wish: null,
      };
    case 'AuthorizationExpired':
      return { ...authorizationGone(payment, event.data.intent), ...known(payment, event) };
    case 'AuthorizationExtended':
      return payment.hold === null
        ? {}
        : { hold: { ...payment.hold, expiresAt: event.data.expiresAt } };
    case 'DisputeOpened':
    case 'DisputeWon':
    case 'DisputeLost':
      return { ...disputed(payment, event), ...known(payment, event) };
    case 'FactUnmatched':
      return known(payment, event);
    case 'MoneyRuleBroken':
      return { stop: { cause: 'money_rule' }, knownExcess: BigInt(event.data.excess) };
    case 'OperatorResolved':
      return { ...undoneByHand(payment, event.data.operation), stop: null, ownDeclines: 0 };
    case 'AuthorizationRequested':
    case 'PurchaseRequested':
    case 'AuthorizationApproved':
    case 'PurchaseApproved':
    case 'AttemptDeclined':
    case 'AttemptRefused':
    case 'ActionRequired':
    case 'OperationPending':
    case 'OutcomeUnknown':
    case 'CaptureRequested':
    case 'CaptureApproved':
    case 'CaptureDeclined':
    case 'IncrementRequested':
    case 'IncrementApproved':
    case 'IncrementDeclined':
    case 'VoidRequested':
    case 'VoidApproved':
    case 'VoidDeclined':
    case 'RefundRequested':
    case 'RefundPending':
    case 'RefundSucceeded':
    case 'RefundFailed':
    case 'CaptureSettled':
    case 'SettlementFailed':
      return { ...applyOperationEvent(payment, event), ...known(payment, event) };
  }
}

function known(payment: Payment, event: PastPaymentEvent): Change {
  const fact = 'fact' in event.data ? event.data.fact : null;
  if (fact === null || fact === undefined) return {};
  return { facts: [...payment.facts, factName(fact)] };
}

/** How a fact is known: by its gateway and its own id. */
export function factName(fact: { readonly gateway: string; readonly id: string }): string {
  return `${fact.gateway}/${fact.id}`;
}

function reviewOrigin(payment: Payment): 'INITIATED' | 'AUTHORIZED' {
  if (payment.phase.name !== 'UNDER_REVIEW') {
    throw new CorruptStreamError('a review ends only where one is open');
  }
  return payment.phase.origin;
}

function reviewRejected(payment: Payment): Change {
  if (reviewOrigin(payment) === 'AUTHORIZED') return {};
  const message = 'A reviewer rejected the payment.';
  return { phase: { name: 'FAILED', code: 'review_rejected', message }, rejected: true };
}

function authorizationGone(payment: Payment, intent: number): Change {
  const operations = payment.operations.map((operation) =>
    operation.intent === intent && operation.operation === 'authorize' && operation.undo === 'due'
      ? { ...operation, undo: 'done' as const }
      : operation,
  );
  if (payment.hold?.intent !== intent) return { operations };
  return {
    operations,
    hold: { ...payment.hold, state: 'gone' },
    phase: endedPhase(
      payment,
      isBeingRejected(payment) ? { name: 'CANCELLED' } : { name: 'EXPIRED' },
    ),
    wish: null,
  };
}

/** A reviewer's rejection waits for the void that it asked for. */
function isBeingRejected(payment: Payment): boolean {
  const last = payment.operations.at(-1);
  return last?.operation === 'void' && last.cause === 'reject' && isOpenIntent(last);
}

function disputed(
  payment: Payment,
  event: PastPaymentEvent & { type: 'DisputeOpened' | 'DisputeWon' | 'DisputeLost' },
): Change {
  const status = DISPUTE_STATUS[event.type];
  const { disputeId, intent } = event.data;
  const counts = !isOfUndone(payment, intent);
  const lost = status === 'lost' && counts ? { lastTaker: 'dispute' as const } : {};
  if (payment.disputes.some((dispute) => dispute.id === disputeId)) {
    const disputes = payment.disputes.map((dispute) =>
      dispute.id === disputeId ? { ...dispute, status } : dispute,
    );
    return { disputes, ...lost };
  }
  const amount = BigInt(event.data.amount);
  const dispute: Dispute = { id: disputeId, intent, amount, status, openedAt: event.at };
  return { disputes: [...payment.disputes, dispute], ...lost };
}

const DISPUTE_STATUS = { DisputeOpened: 'open', DisputeWon: 'won', DisputeLost: 'lost' } as const;

function undoneByHand(
  payment: Payment,
  operation: { readonly intent: number; readonly outcome: string } | null,
): Change {
  if (operation === null || operation.outcome !== 'undone') return {};
  return {
    operations: payment.operations.map((other) =>
      other.intent === operation.intent && 'undo' in other
        ? { ...other, undo: 'done' as const }
        : other,
    ),
  };
}
