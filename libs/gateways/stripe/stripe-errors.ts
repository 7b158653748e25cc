import Stripe from 'stripe';
import type { GatewayAnswer } from '../payment-gateway.js';
import { heldOff } from '../simulator/http-exchange.js';
import { unknown } from './stripe-answers.js';
import { StripeCantExpress } from './stripe-calls.js';
import { declineCodeOf } from './stripe-decline-codes.js';
import { intentShape, type StripeIntent } from './stripe-shapes.js';
import { RETRY_AFTER, StripeNotSent } from './stripe-transport.js';

/** These 4xx tell of the moment, not of the call: it may have been taken, or be taken yet. */
const UNCLEAR_STATUSES = new Set([408, 409, 425, 499]);

/** About the key, not the content: another call under it may have taken effect, or be running. */
const KEY_CODES = new Set(['idempotency_key_in_use', 'idempotency_error']);

/** A 429 because another call is at work on the same object; other objects take as many calls as ever. */
const OBJECT_LOCKED = 'lock_timeout';
const NO_PAUSE = { retryAfterMs: 0 };

/**
 * What an error of the library says of a call that was sent. `state`: a 400, which may come of what the payment has
 * become, maybe by an earlier send of the same call.
 */
export type StripeFault =
  | { readonly type: 'answer'; readonly answer: GatewayAnswer }
  | {
      readonly type: 'state';
      readonly message: string;
      readonly intent: StripeIntent | null;
    };

/**
 * Told from the status, the type and the codes; Stripe's sentences are left out, since they may quote what was sent.
 * Only a clear 4xx, a 429 and a request that never left are refusals; whatever else is no clear word is unknown.
 */
export function faultOf(error: unknown): StripeFault {
  if (error instanceof StripeCantExpress) return refused('rejected', `not sent: ${error.message}`);
  if (error instanceof Stripe.errors.StripeConnectionError) {
    const cause: unknown = error.detail;
    if (cause instanceof StripeNotSent) return refused('not_sent', cause.message);
    return noWord(cause instanceof Error ? cause.message : 'the connection failed');
  }
  if (!(error instanceof Stripe.errors.StripeError)) return noWord('the library failed');
  const { statusCode: status, code, rawType, decline_code: reason } = error;
  if (status === undefined) return noWord('an answer without a status');
  const message = [`status ${status}`, rawType, code, reason].filter(Boolean).join(', ');
  if (status === 429) {
    const said = heldOff(error.headers?.[RETRY_AFTER] ?? null);
    return refused(
      'rate_limited',
      message,
      code === OBJECT_LOCKED ? { ...NO_PAUSE, ...said } : said,
    );
  }
  const aboutKey = rawType === 'idempotency_error' || KEY_CODES.has(code ?? '');
  if (status < 400 || status >= 500 || UNCLEAR_STATUSES.has(status) || aboutKey) {
    return noWord(message);
  }
  if (status === 402 || rawType === 'card_error') return declined(error, message);
  if (status === 400) return { type: 'state', message, intent: intentOf(error) };
  return refused('rejected', message);
}

function declined(error: InstanceType<typeof Stripe.errors.StripeError>, message: string) {
  const { code, decline_code } = error;
  const authorizationGone = intentOf(error)?.status === 'canceled';
  const answer: GatewayAnswer = {
    outcome: 'declined',
    code: declineCodeOf({ code, decline_code }),
    message,
    authorizationGone,
  };
  return { type: 'answer', answer } as const;
}

function intentOf(error: InstanceType<typeof Stripe.errors.StripeError>): StripeIntent | null {
  return intentShape.safeParse(error.payment_intent).data ?? null;
}

function refused(
  reason: (GatewayAnswer & { readonly outcome: 'refused' })['reason'],
  message: string,
  said: ReturnType<typeof heldOff> = {},
): StripeFault {
  return { type: 'answer', answer: { outcome: 'refused', reason, message, ...said } };
}

function noWord(message: string): StripeFault {
  return { type: 'answer', answer: unknown(message) };
}
