import Stripe from 'stripe';
import type { IncomingWebhook, WebhookReading } from '../payment-gateway.js';
import { parsedJson } from '../parsed-json.js';
import { factsOfEvent } from './stripe-facts.js';
import { eventShape } from './stripe-shapes.js';

/** Older signatures are refused, against replay; and so are those of the future, by clocks that far apart. */
export const TOLERANCE_S = 300;

/**
 * A refund can succeed and fail later, and only the feed tells in which order: Stripe sends a webhook again for days,
 * and one that says "succeeded" may come behind the failure.
 */
const OF_REFUNDS = /^(?:charge\.)?refund\./;

/** Checks the signature over the raw bytes and its age, then reads the event as the feed does. */
export function readStripeWebhook(secret: string, webhook: IncomingWebhook): WebhookReading {
  const header = webhook.headers['stripe-signature'];
  const signedAtS = signedAt(header);
  if (header === undefined || signedAtS === null) return rejected('signature');
  const { receivedAtMs } = webhook;
  try {
    // The age is judged below, so that it is told apart from a wrong signature.
    Stripe.webhooks.constructEvent(webhook.body, header, secret, NO_TOLERANCE);
  } catch (error) {
    const forged = error instanceof Stripe.errors.StripeSignatureVerificationError;
    return rejected(forged ? 'signature' : 'malformed');
  }
  const ageS = Math.floor(receivedAtMs / 1000) - signedAtS;
  if (Math.abs(ageS) > TOLERANCE_S) return rejected('age');
  const { data: event } = eventShape.safeParse(parsedJson(webhook.body.toString('utf8')));
  if (event === undefined) return rejected('malformed');
  const facts = OF_REFUNDS.test(event.type) ? [] : factsOfEvent(event);
  return facts.length === 0 ? { verdict: 'nothing' } : { verdict: 'facts', facts };
}

/** The library takes 0 for "any age". */
const NO_TOLERANCE = 0;

/** Epoch seconds. Named twice, the library and we might each look at another one: an old event could pass as new. */
function signedAt(header: string | undefined): number | null {
  const [time, ...more] = (header ?? '').split(',').filter((part) => part.startsWith('t='));
  if (time === undefined || more.length > 0 || !/^t=\d{1,12}$/.test(time)) return null;
  return Number(time.slice(2));
}

function rejected(
  reason: (WebhookReading & { readonly verdict: 'rejected' })['reason'],
): WebhookReading {
  return { verdict: 'rejected', reason };
}
