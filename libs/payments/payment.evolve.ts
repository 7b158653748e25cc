import { amountFromStored } from '../money/stored-amount.js';
import { applyOperationEvent } from './payment.evolve-operations.js';
import { applyPaymentEvent, authorizationGone, disputed } from './payment.evolve-payment.js';
import {
  CorruptStreamError,
  type EventNamed,
  type PastPaymentEvent,
  type Recorded,
} from './payment.evolve-common.js';
import { draftOf, type DraftPayment } from './payment.draft.js';
import type { FactReference, PaymentEvent } from './payment.events.js';
import type { OpenCall, Payment } from './payment.state.js';
import { settleTotals } from './payment.totals.js';

export {
  CorruptStreamError,
  type PastPaymentEvent,
  type Recorded,
} from './payment.evolve-common.js';

/** The payment after one more event. @throws CorruptStreamError for an impossible history */
export function evolve(payment: Payment | null, event: PastPaymentEvent): Payment {
  return evolveRecorded(payment, event, event);
}

/** As `evolve`, for an event that is kept beside its metadata. @throws CorruptStreamError */
export function evolveRecorded(
  payment: Payment | null,
  event: PaymentEvent,
  recorded: Recorded,
): Payment {
  if (event.type === 'PaymentInitiated') {
    if (payment !== null) throw new CorruptStreamError('a payment is initiated once');
    return initiated(event, recorded);
  }
  if (payment === null) throw new CorruptStreamError(`${event.type} before PaymentInitiated`);
  // One copy an event, changed before anybody holds it: the fold is on the path of every call and every read.
  const draft = draftOf(payment);
  draft.revision += 1;
  draft.updatedAt = recorded.at;
  apply(draft, event);
  settleTotals(draft);
  draft.openCall = callAfter(payment.openCall, recorded);
  return draft;
}

/** The payment whose running call has its answer. */
export function atRest(payment: Payment): Payment {
  const draft = draftOf(payment);
  draft.openCall = null;
  return draft;
}

function callAfter(before: OpenCall | null, { at, call, answers }: Recorded): OpenCall | null {
  const opened = call === undefined ? before : { keyHash: call, since: at };
  if (opened === null || answers === undefined) return opened;
  return answers.includes(opened.keyHash) ? null : opened;
}

function initiated(event: EventNamed<'PaymentInitiated'>, recorded: Recorded): Payment {
  const { data } = event;
  return {
    revision: 0,
    id: data.paymentId,
    merchantId: data.merchantId,
    amount: amountFromStored(data.amount),
    currency: data.currency,
    captureMethod: data.captureMethod,
    captureAfterS: data.captureAfterS,
    paymentMethod: data.paymentMethod,
    customerId: data.customerId,
    orderId: data.orderId,
    description: data.description,
    metadata: data.metadata,
    createdAt: recorded.at,
    updatedAt: recorded.at,
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
    closedByHand: [],
    stop: null,
    knownExcess: 0n,
    ownDeclines: 0,
    lastOwnDeclineAt: null,
    openCall: callAfter(null, recorded),
  };
}

type LaterEvent = Exclude<PaymentEvent, { type: 'PaymentInitiated' }>;

function apply(draft: DraftPayment, event: LaterEvent): void {
  switch (event.type) {
    case 'AuthorizationRequested':
    case 'PurchaseRequested':
    case 'CaptureRequested':
    case 'IncrementRequested':
    case 'VoidRequested':
    case 'RefundRequested':
    case 'AttemptRefused':
    case 'ActionRequired':
    case 'OperationPending':
    case 'OutcomeUnknown':
    case 'RefundPending':
      return applyOperationEvent(draft, event);
    case 'AuthorizationApproved':
    case 'PurchaseApproved':
    case 'AttemptDeclined':
    case 'CaptureApproved':
    case 'CaptureDeclined':
    case 'IncrementApproved':
    case 'IncrementDeclined':
    case 'VoidApproved':
    case 'VoidDeclined':
    case 'RefundSucceeded':
    case 'RefundFailed':
    case 'CaptureSettled':
    case 'SettlementFailed':
      applyOperationEvent(draft, event);
      return know(draft, event.data.fact);
    case 'AuthorizationExpired':
      authorizationGone(draft, event.data.intent);
      return know(draft, event.data.fact);
    case 'DisputeOpened':
    case 'DisputeWon':
    case 'DisputeLost':
      disputed(draft, event);
      return know(draft, event.data.fact);
    case 'FactUnmatched':
      return know(draft, event.data.fact);
    case 'PaymentFailed':
    case 'PaymentCancelled':
    case 'ReviewRequested':
    case 'ReviewApproved':
    case 'ReviewRejected':
    case 'RetryRequested':
    case 'AuthorizationExtended':
    case 'MoneyRuleBroken':
    case 'OperatorResolved':
      return applyPaymentEvent(draft, event);
  }
}

function know(draft: DraftPayment, fact: FactReference | null | undefined): void {
  if (fact === null || fact === undefined) return;
  draft.facts = [...draft.facts, factName(fact)];
}

/** How a fact is known: by its gateway and its own id. */
export function factName(fact: { readonly gateway: string; readonly id: string }): string {
  return `${fact.gateway}/${fact.id}`;
}
