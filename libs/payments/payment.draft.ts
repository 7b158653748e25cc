import { CorruptStreamError } from './payment.evolve-common.js';
import type {
  Attempt,
  Capture,
  Increment,
  Operation,
  Payment,
  Refund,
  Void,
} from './payment.state.js';

type Draft<Shape> = { -readonly [Field in keyof Shape]: Shape[Field] };

/** A payment that the fold is making and nobody else holds yet; revision and instant are those of the event. */
export type DraftPayment = Draft<Payment>;

/** An operation of a draft, copied for it. */
export type DraftOperation =
  Draft<Attempt> | Draft<Capture> | Draft<Increment> | Draft<Void> | Draft<Refund>;

/**
 * A copy to be changed. Field by field, in the order in which a payment is made: all payments then have one layout for
 * the engine, and the copy costs a third of a spread. The fold is on the path of every call and every read.
 */
export function draftOf(payment: Payment): DraftPayment {
  return {
    revision: payment.revision,
    id: payment.id,
    merchantId: payment.merchantId,
    amount: payment.amount,
    currency: payment.currency,
    captureMethod: payment.captureMethod,
    captureAfterS: payment.captureAfterS,
    paymentMethod: payment.paymentMethod,
    customerId: payment.customerId,
    orderId: payment.orderId,
    description: payment.description,
    metadata: payment.metadata,
    createdAt: payment.createdAt,
    updatedAt: payment.updatedAt,
    status: payment.status,
    phase: payment.phase,
    rejected: payment.rejected,
    lifeFrom: payment.lifeFrom,
    operations: payment.operations,
    base: payment.base,
    hold: payment.hold,
    authorizedAt: payment.authorizedAt,
    lastCaptureAt: payment.lastCaptureAt,
    amountAuthorized: payment.amountAuthorized,
    amountCaptured: payment.amountCaptured,
    amountRefunded: payment.amountRefunded,
    amountRefunding: payment.amountRefunding,
    amountChargedBack: payment.amountChargedBack,
    lastTaker: payment.lastTaker,
    disputes: payment.disputes,
    declined: payment.declined,
    wish: payment.wish,
    facts: payment.facts,
    closedByHand: payment.closedByHand,
    stop: payment.stop,
    knownExcess: payment.knownExcess,
    ownDeclines: payment.ownDeclines,
    lastOwnDeclineAt: payment.lastOwnDeclineAt,
    openCall: payment.openCall,
  };
}

/** The operation of the draft's event, to be changed. @throws CorruptStreamError where there is none */
export function changed(draft: DraftPayment, intent: number): DraftOperation {
  const operation = draft.operations[intent - 1];
  if (operation === undefined) throw new CorruptStreamError(`no intent ${intent}`);
  const copy = copyOf(operation);
  copy.updatedAt = draft.updatedAt;
  replace(draft, copy);
  return copy;
}

/** An attempt that an event on something else changes. */
export function changedAttempt(draft: DraftPayment, attempt: Attempt): Draft<Attempt> {
  const copy = copyOfAttempt(attempt);
  replace(draft, copy);
  return copy;
}

function replace(draft: DraftPayment, operation: DraftOperation): void {
  const operations = draft.operations.slice();
  operations[operation.intent - 1] = operation;
  draft.operations = operations;
}

/** Spreads of one known layout each are cheap; a spread of several layouts in one place is not. */
function copyOf(operation: Operation): DraftOperation {
  switch (operation.operation) {
    case 'authorize':
    case 'purchase':
      return copyOfAttempt(operation);
    case 'capture':
      return { ...operation };
    case 'increment':
      return { ...operation };
    case 'void':
      return { ...operation };
    case 'refund':
      return { ...operation };
  }
}

function copyOfAttempt(attempt: Attempt): Draft<Attempt> {
  return { ...attempt };
}

/** What the payment was to come to is reached, or moot: what is undone after it has all its tries. */
export function endWish(draft: DraftPayment): void {
  if (draft.wish === null) return;
  draft.wish = null;
  draft.ownDeclines = 0;
}
