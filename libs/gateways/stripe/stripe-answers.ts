import type { GatewayAnswer, GatewayCall, GatewayWord } from '../payment-gateway.js';
import { fromStripeAmount } from './stripe-amounts.js';
import { declineCodeOf } from './stripe-decline-codes.js';
import {
  captureEntry,
  capturesOf,
  incrementEntry,
  OPERATION_KEY,
  provenCaptures,
} from './stripe-metadata.js';
import type { StripeCharge, StripeIntent, StripeRefund } from './stripe-shapes.js';

type CallOf<Operation> = Extract<GatewayCall, { readonly operation: Operation }>;
type Attempt = CallOf<'authorize'> | CallOf<'purchase'>;
type Decline = GatewayAnswer & { readonly outcome: 'declined' };

/** What the payment says of the authorize or purchase that made it; told to who sends and to who asks alike. */
export function answerOfAttempt(call: Attempt, intent: StripeIntent): GatewayAnswer {
  const key = intent.metadata?.[OPERATION_KEY];
  if (key !== undefined && key !== call.key) return unknown('the answer is about another call');
  switch (intent.status) {
    case 'requires_capture':
      if (call.operation === 'purchase') return unknown('authorized only, though asked to charge');
      return approvedAttempt(intent, held(intent), false);
    case 'succeeded':
      return call.operation === 'purchase'
        ? approvedAttempt(intent, intent.amount_received ?? intent.amount, false)
        : approvedAttempt(intent, intent.amount, true);
    case 'processing':
      return { outcome: 'pending', reference: intent.id };
    case 'requires_action':
    case 'requires_source_action':
      return actionOf(intent);
    case 'requires_payment_method':
    case 'requires_source':
      return declinedByLastError(intent);
    case 'canceled':
      return canceledAttempt(call, intent);
  }
  return unknown('the payment has an unexpected status');
}

/** Directly after a capture was answered with success. */
export function answerOfCapture(call: CallOf<'capture'>, intent: StripeIntent): GatewayAnswer {
  const word = wordOfCapture(call, intent);
  if (word.outcome !== 'not_found') return word;
  // Success was said, but the note of it did not come back.
  const received = fromStripeAmount(intent.amount_received ?? 0, intent.currency);
  if (received === null || received < call.amount) return unknown('what was captured is not told');
  return approvedCapture(call, intent, call.amount);
}

/** What the payment shows of this capture. */
export function wordOfCapture(call: CallOf<'capture'>, intent: StripeIntent): GatewayWord {
  const own = provenCaptures(intent).find(({ key }) => key === call.key);
  if (own !== undefined) return approvedCapture(call, intent, own.amount);
  if (intent.metadata?.[captureEntry(call.key)] !== undefined) {
    return unknown('what this capture took is not told');
  }
  if (intent.status === 'canceled') return gone('the authorization is gone');
  if (!isUsedUp(intent)) return { outcome: 'not_found' };
  const received = fromStripeAmount(intent.amount_received ?? 0, intent.currency);
  if (provenCaptures(intent).length > 0) return gone('captured by other calls');
  if (capturesOf(intent).length > 0 || received === null)
    return unknown('captures are not told apart');
  // Captured, and nothing is noted: whoever did it, that money was taken.
  return approvedCapture(call, intent, received);
}

export function wordOfIncrement(call: CallOf<'increment'>, intent: StripeIntent): GatewayWord {
  const noted = intent.metadata?.[incrementEntry(call.key)] !== undefined;
  const amount = fromStripeAmount(intent.amount, intent.currency);
  // A later increment may have gone further; this one took effect with its own total.
  if (noted && amount !== null && amount >= call.amount) return approvedIncrement(call, intent);
  if (intent.status === 'canceled' || isUsedUp(intent)) return gone('the authorization is gone');
  return { outcome: 'not_found' };
}

export function answerOfIncrement(call: CallOf<'increment'>, intent: StripeIntent): GatewayAnswer {
  const amount = fromStripeAmount(intent.amount, intent.currency);
  if (amount === null) return unknown('the new total can not be read');
  return { ...approvedIncrement(call, intent), amount };
}

/** What a canceled payment released: nothing where nothing had been authorized. */
export function answerOfVoid(intent: StripeIntent): GatewayAnswer {
  if (intent.status !== 'canceled') return unknown('the payment is not canceled');
  const released = wasAuthorized(intent) ? intent.amount - (intent.amount_received ?? 0) : 0;
  return approved(intent, { reference: intent.id, amount: released });
}

/** Reasons that only Stripe itself gives: an authorization that ran out, an invoice that was closed. */
const CANCELED_BY_STRIPE = new Set(['automatic', 'expired', 'failed_invoice', 'void_invoice']);

/** The payment as it stands, asked about a void. Stripe doesn't say by which call it was canceled. */
export function wordOfVoid(intent: StripeIntent): GatewayWord {
  const byStripe = CANCELED_BY_STRIPE.has(intent.cancellation_reason ?? '');
  if (intent.status === 'canceled') return byStripe ? notReleased(intent) : answerOfVoid(intent);
  if (intent.status === 'succeeded') return notReleased(intent);
  return { outcome: 'not_found' };
}

/** Why a payment that takes no cancel, capture or increment any more doesn't. */
export function notReleased(intent: StripeIntent): Decline {
  const authorizationGone = intent.status === 'canceled' || isUsedUp(intent);
  const message = `the payment is ${intent.status}`;
  return { outcome: 'declined', code: 'gateway_refused', message, authorizationGone };
}

export function answerOfRefund(refund: StripeRefund): GatewayAnswer {
  const { id: reference, currency } = refund;
  switch (refund.status ?? 'unknown') {
    case 'succeeded': {
      const amount = fromStripeAmount(refund.amount, currency);
      if (amount === null) return unknown('the amount of the refund can not be read');
      return { ...APPROVED, reference, amount, currency: currency.toUpperCase() };
    }
    case 'pending':
    case 'requires_action':
      return { outcome: 'pending', reference };
    case 'failed':
    case 'canceled': {
      const why = refund.failure_reason ?? `refund_${refund.status}`;
      return declined(declineCodeOf({ code: why }), why);
    }
  }
  return unknown('the refund has an unexpected status');
}

export function unknown(message: string): GatewayAnswer & { readonly outcome: 'unknown' } {
  return { outcome: 'unknown', message };
}

/** ISO instant until which an authorization can be captured; null where Stripe doesn't say. */
export function captureBefore(charge: StripeIntent['latest_charge']): string | null {
  const card = typeof charge === 'object' ? charge?.payment_method_details?.card : null;
  return card?.capture_before ? new Date(card.capture_before * 1000).toISOString() : null;
}

/** Money is settled once Stripe lists it as available, which is some days after the capture. */
function isSettled(charge: string | StripeCharge | null | undefined): boolean {
  const transaction = typeof charge === 'object' ? charge?.balance_transaction : null;
  return typeof transaction === 'object' && transaction?.status === 'available';
}

const APPROVED = {
  outcome: 'approved',
  expiresAt: null,
  settled: false,
  authorizationGone: false,
} as const;

function approved(
  intent: StripeIntent,
  what: { readonly reference: string; readonly amount: number },
): GatewayAnswer {
  const amount = fromStripeAmount(what.amount, intent.currency);
  if (amount === null) return unknown('the amount can not be read');
  const currency = intent.currency.toUpperCase();
  return { ...APPROVED, reference: what.reference, amount, currency };
}

function approvedAttempt(intent: StripeIntent, amount: number, isGone: boolean): GatewayAnswer {
  const answer = approved(intent, { reference: intent.id, amount });
  if (answer.outcome !== 'approved') return answer;
  const { latest_charge: charge } = intent;
  return {
    ...answer,
    expiresAt: captureBefore(charge),
    settled: intent.status === 'succeeded' && isSettled(charge),
    authorizationGone: isGone,
  };
}

function approvedCapture(
  call: CallOf<'capture'>,
  intent: StripeIntent,
  amount: bigint,
): GatewayAnswer {
  const { latest_charge: charge } = intent;
  const reference = (typeof charge === 'object' ? charge?.id : charge) ?? intent.id;
  const restReleased = isUsedUp(intent) && (intent.amount_received ?? 0) < intent.amount;
  return {
    ...APPROVED,
    reference,
    amount,
    currency: intent.currency.toUpperCase(),
    settled: isSettled(charge),
    // Of a final capture it is known anyway.
    authorizationGone: !call.final && restReleased,
  };
}

function approvedIncrement(call: CallOf<'increment'>, intent: StripeIntent) {
  const { amount } = call;
  const currency = intent.currency.toUpperCase();
  const expiresAt = captureBefore(intent.latest_charge);
  return { ...APPROVED, reference: intent.id, amount, currency, expiresAt };
}

function actionOf(intent: StripeIntent): GatewayAnswer {
  const redirectUrl = intent.next_action?.redirect_to_url?.url;
  if (!redirectUrl) return unknown('the customer must act, but no page is named');
  return { outcome: 'requires_action', reference: intent.id, redirectUrl };
}

function declinedByLastError(intent: StripeIntent): GatewayAnswer {
  const error = intent.last_payment_error;
  if (!error) return unknown('the payment was not tried yet');
  return declined(declineCodeOf(error), error.decline_code ?? error.code ?? 'declined');
}

function canceledAttempt(call: Attempt, intent: StripeIntent): GatewayAnswer {
  if (call.operation === 'authorize' && wasAuthorized(intent)) {
    return approvedAttempt(intent, intent.amount, true);
  }
  const message = `canceled: ${intent.cancellation_reason ?? 'no reason'}`;
  return { ...declined('authentication_failed', message), authorizationGone: true };
}

function declined(code: Decline['code'], message: string): Decline {
  return { outcome: 'declined', code, message, authorizationGone: false };
}

function gone(message: string): Decline {
  return { ...declined('gateway_refused', message), authorizationGone: true };
}

function held(intent: StripeIntent): number {
  return (intent.amount_capturable ?? intent.amount) + (intent.amount_received ?? 0);
}

/** An authorization of which nothing can be captured any more. */
export function isUsedUp(intent: StripeIntent): boolean {
  return intent.status === 'succeeded' && intent.capture_method === 'manual';
}

function wasAuthorized(intent: StripeIntent): boolean {
  const { latest_charge: charge } = intent;
  if (typeof charge === 'object' && charge !== null) return charge.status === 'succeeded';
  return typeof charge === 'string' && !intent.last_payment_error;
}
