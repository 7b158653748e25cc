import type { GatewayFact } from '../payment-gateway.js';
import { fromStripeAmount } from './stripe-amounts.js';
import { answerOfVoid, captureBefore, isUsedUp } from './stripe-answers.js';
import { declineCodeOf } from './stripe-decline-codes.js';
import {
  incrementsNoted,
  OPERATION,
  OPERATION_KEY,
  PAYMENT_ID,
  provenCaptures,
} from './stripe-metadata.js';
import {
  chargeShape,
  disputeShape,
  intentShape,
  refundShape,
  type StripeCharge,
  type StripeDispute,
  type StripeEvent,
  type StripeIntent,
} from './stripe-shapes.js';

/** The types of events that tell of something; Stripe takes at most 20 in one question. */
export const EVENT_TYPES = [
  'payment_intent.amount_capturable_updated',
  'payment_intent.succeeded',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
  'charge.succeeded',
  'charge.expired',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.refund.updated',
  'charge.dispute.created',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.closed',
  'payout.paid',
] as const;

/** Keys of ours are UUID v5; those that Stripe's libraries make for other tools of the account are v4. */
const OWN_KEY = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * What an event tells by itself; of disputes and payouts see below. An event of something that is not ours, or that
 * can't be read, tells nothing: asking and the other events remain.
 */
export function factsOfEvent(event: StripeEvent): readonly GatewayFact[] {
  if (event.type.startsWith('payment_intent.')) {
    const { data: intent } = intentShape.safeParse(event.data.object);
    return intent === undefined ? [] : factsOfIntent(event, intent);
  }
  if (event.type === 'charge.succeeded' || event.type === 'charge.expired') {
    const { data: charge } = chargeShape.safeParse(event.data.object);
    return charge === undefined ? [] : factsOfCharge(event, charge);
  }
  if (event.type.startsWith('refund.') || event.type === 'charge.refund.updated') {
    return factsOfRefund(event);
  }
  return [];
}

/** The payment that a dispute is about, which alone knows the key; null for events of anything else. */
export function disputedIntentOf(event: StripeEvent): string | null {
  if (!event.type.startsWith('charge.dispute.')) return null;
  const intent = disputeShape.safeParse(event.data.object).data?.payment_intent;
  return (typeof intent === 'object' ? intent?.id : intent) ?? null;
}

export function factsOfDispute(event: StripeEvent, intent: StripeIntent): readonly GatewayFact[] {
  const { data: dispute } = disputeShape.safeParse(event.data.object);
  if (dispute === undefined) return [];
  const type = disputeKind(event.type, dispute);
  // Of several captures the last: Stripe disputes the charge as a whole.
  const key = takingsOf(intent).at(-1)?.key;
  if (type === null || key === undefined) return [];
  return factIfOurs(event, intent, {
    key,
    reference: intent.id,
    amount: fromStripeAmount(dispute.amount, dispute.currency),
    currency: dispute.currency,
    kind: { type, disputeId: dispute.id },
  });
}

/** The operations that took a payment's money: its purchase, or its captures. */
export function takingsOf(intent: StripeIntent) {
  const key = intent.metadata?.[OPERATION_KEY];
  if (intent.metadata?.[OPERATION] !== 'purchase') return provenCaptures(intent);
  const amount = fromStripeAmount(intent.amount_received ?? intent.amount, intent.currency);
  return key === undefined || !amount ? [] : [{ key, amount }];
}

function factsOfIntent(event: StripeEvent, intent: StripeIntent): readonly GatewayFact[] {
  const key = intent.metadata?.[OPERATION_KEY];
  if (key === undefined) return [];
  const { id: reference, currency } = intent;
  const about = (amount: number, kind: GatewayFact['kind']) =>
    factIfOurs(event, intent, {
      key,
      reference,
      amount: fromStripeAmount(amount, currency),
      currency,
      kind,
    });
  switch (event.type) {
    case 'payment_intent.succeeded':
    case 'payment_intent.amount_capturable_updated': {
      const captures = factsOfCaptures(event, intent);
      if (captures.length > 0) return [...captures, ...restReleased(event, intent)];
      const purchase = intent.metadata?.[OPERATION] === 'purchase';
      // An increment changed the total: what was authorized at first is not told any more.
      const tells = purchase
        ? intent.status === 'succeeded'
        : intent.status === 'requires_capture' && !incrementsNoted(intent);
      if (!tells) return [];
      const amount = purchase ? (intent.amount_received ?? intent.amount) : intent.amount;
      return about(amount, approvedKind(reference, null));
    }
    case 'payment_intent.payment_failed':
      return about(intent.amount, declinedKind(intent));
    case 'payment_intent.canceled':
      return factsOfCancel(event, intent);
  }
  return [];
}

function factsOfCaptures(event: StripeEvent, intent: StripeIntent): readonly GatewayFact[] {
  return provenCaptures(intent).flatMap(({ key, amount }) => {
    const id = `${event.id}/${key}`;
    const { id: reference, currency } = intent;
    const kind = approvedKind(reference, null);
    return factIfOurs({ ...event, id }, intent, { key, reference, amount, currency, kind });
  });
}

/** What the last capture left of an authorization: Stripe tells of it in no event of its own. */
function restReleased(event: StripeEvent, intent: StripeIntent): readonly GatewayFact[] {
  const { id: reference, currency, metadata } = intent;
  if (!isUsedUp(intent) || (intent.amount_received ?? 0) >= intent.amount) return [];
  return factIfOurs({ ...event, id: `${event.id}/rest` }, intent, {
    key: metadata?.[OPERATION_KEY] ?? '',
    reference,
    amount: fromStripeAmount(intent.amount, currency),
    currency,
    kind: { type: 'authorization_gone' },
  });
}

/** Stripe names the idempotency key of the call that caused an event: a void of ours is its own word. */
function factsOfCancel(event: StripeEvent, intent: StripeIntent): readonly GatewayFact[] {
  const { request } = event;
  const key = typeof request === 'object' ? request?.idempotency_key : null;
  const { id: reference, currency } = intent;
  if (key && OWN_KEY.test(key)) {
    const answer = answerOfVoid(intent);
    if (answer.outcome !== 'approved') return [];
    const { amount } = answer;
    const kind = approvedKind(reference, null);
    return factIfOurs(event, intent, { key, reference, amount, currency, kind });
  }
  return factIfOurs(event, intent, {
    key: intent.metadata?.[OPERATION_KEY] ?? '',
    reference,
    amount: fromStripeAmount(intent.amount, currency),
    currency,
    kind: { type: 'authorization_gone' },
  });
}

/** Of charges only those that hold an authorization: they alone tell until when it can be captured. */
function factsOfCharge(event: StripeEvent, charge: StripeCharge): readonly GatewayFact[] {
  const { metadata, payment_intent: intent, currency } = charge;
  const reference = typeof intent === 'object' ? intent?.id : intent;
  const key = metadata?.[OPERATION_KEY];
  if (!reference || key === undefined || metadata?.[OPERATION] !== 'authorize') return [];
  const amount = fromStripeAmount(charge.amount, currency);
  const told = { key, reference, amount, currency };
  if (event.type === 'charge.expired') {
    return factIfOurs(event, charge, { ...told, kind: { type: 'authorization_gone' } });
  }
  if (charge.captured !== false) return [];
  return factIfOurs(event, charge, {
    ...told,
    kind: approvedKind(reference, captureBefore(charge)),
  });
}

function factsOfRefund(event: StripeEvent): readonly GatewayFact[] {
  const { data: refund } = refundShape.safeParse(event.data.object);
  const key = refund?.metadata?.[OPERATION_KEY];
  if (refund === undefined || key === undefined) return [];
  const { id: reference, currency, status } = refund;
  const failed = status === 'failed' || status === 'canceled';
  if (!failed && status !== 'succeeded') return [];
  return factIfOurs(event, refund, {
    key,
    reference,
    amount: fromStripeAmount(refund.amount, currency),
    currency,
    kind: { type: failed ? 'refund_failed' : 'refund_succeeded' },
  });
}

/**
 * An inquiry (`warning_...`) has taken no money; it is told once it becomes a dispute. One that was prevented is none
 * any more, and has no end of its own: all that counts is whether it took the money.
 */
function disputeKind(type: string, { status, balance_transactions: moved }: StripeDispute) {
  if (status.startsWith('warning_')) return null;
  if (status === 'prevented') {
    const balance = (moved ?? []).reduce((sum, { amount }) => sum + amount, 0);
    const withdrawn = !moved?.length && type === 'charge.dispute.funds_withdrawn';
    return withdrawn || balance < 0 ? 'dispute_lost' : null;
  }
  if (type !== 'charge.dispute.closed') return 'dispute_opened';
  if (status === 'won') return 'dispute_won';
  return status === 'lost' ? 'dispute_lost' : null;
}

function approvedKind(reference: string, expiresAt: string | null): GatewayFact['kind'] {
  return { type: 'operation_approved', reference, expiresAt, settled: false };
}

function declinedKind(intent: StripeIntent): GatewayFact['kind'] {
  const error = intent.last_payment_error ?? {};
  const message = error.decline_code ?? error.code ?? 'declined';
  return { type: 'operation_declined', code: declineCodeOf(error), message };
}

/** No fact where the amount is none of ours, or the payment isn't. */
export function factIfOurs(
  event: Pick<StripeEvent, 'id' | 'created'>,
  owner: Pick<StripeIntent, 'metadata'>,
  told: Pick<GatewayFact, 'key' | 'currency' | 'kind'> & {
    readonly reference: string;
    readonly amount: bigint | null;
  },
): readonly GatewayFact[] {
  const paymentId = owner.metadata?.[PAYMENT_ID];
  const { key, reference, amount, currency, kind } = told;
  if (paymentId === undefined || key === '' || amount === null) return [];
  const at = new Date(event.created * 1000).toISOString();
  const what = { key, reference, at, amount, currency: currency.toUpperCase(), kind };
  return [{ id: event.id, paymentId, ...what }];
}
