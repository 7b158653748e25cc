import Stripe from 'stripe';
import type { Secret } from '../../platform/secret.js';
import { OPERATION_KEY } from './stripe-metadata.js';
import { expandInList, retrieveParams } from './stripe-calls.js';
import {
  intentShape,
  listShape,
  refundShape,
  searchShape,
  type StripeIntent,
  type StripeRefund,
} from './stripe-shapes.js';
import type { StripeTransport } from './stripe-transport.js';

const LIST_MAX = 100;
/** Where Stripe offers no search, that many of the latest payments are looked through. */
const LIST_PAGES_MAX = 5;
const REFUND_PAGES_MAX = 3;

/** Milliseconds that are left of a call, at least 1. */
export type TimeLeft = () => number;

export function timeLeft(timeoutMs: number): TimeLeft {
  const end = performance.now() + timeoutMs;
  return () => Math.max(1, Math.floor(end - performance.now()));
}

/** Stripe's client with everything switched off that is ours to decide: sending again, and telling about this machine. */
export function stripeClient(
  baseUrl: string,
  secretKey: Secret,
  transport: StripeTransport,
): Stripe {
  const url = new URL(baseUrl);
  const protocol = url.protocol === 'http:' ? 'http' : 'https';
  return new Stripe(secretKey.reveal(), {
    host: url.hostname,
    port: url.port === '' ? (protocol === 'http' ? 80 : 443) : Number(url.port),
    protocol,
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: transport,
  });
}

/**
 * The payment that a key made, null if there is none to be seen: Stripe's search lags by up to a minute, its list is
 * exact but only its latest page is read. So null proves nothing. @throws what the library throws
 */
export async function findIntent(
  stripe: Stripe,
  key: string,
  left: TimeLeft,
): Promise<StripeIntent | null> {
  const query = `metadata['${OPERATION_KEY}']:'${key.replaceAll("'", '')}'`;
  let pagesMax = 1;
  try {
    const expand = expandInList();
    const page = await stripe.paymentIntents.search({ query, expand }, { timeout: left() });
    const found = pick(searchShape.parse(page).data, key);
    if (found !== null) return found;
  } catch (error) {
    if (!isSearchMissing(error)) throw error;
    pagesMax = LIST_PAGES_MAX;
  }
  return await findInList(stripe, { key, pagesMax, left });
}

/** The refund that a key made. @throws what the library throws */
export async function findRefund(
  stripe: Stripe,
  of: { readonly intent: string; readonly key: string },
  left: TimeLeft,
): Promise<StripeRefund | null> {
  let after: string | undefined;
  for (let page = 0; page < REFUND_PAGES_MAX; page++) {
    const cursor = after === undefined ? {} : { starting_after: after };
    const list = listShape.parse(
      await stripe.refunds.list(
        { payment_intent: of.intent, limit: LIST_MAX, ...cursor },
        { timeout: left() },
      ),
    );
    const refunds = list.data.map((refund) => refundShape.parse(refund));
    const found = refunds.find((refund) => refund.metadata?.[OPERATION_KEY] === of.key);
    if (found !== undefined) return found;
    after = refunds.at(-1)?.id;
    if (!list.has_more || after === undefined) break;
  }
  return null;
}

/** @throws what the library throws, ZodError */
export async function retrieveIntent(
  stripe: Stripe,
  id: string,
  left: TimeLeft,
): Promise<StripeIntent> {
  const params = retrieveParams();
  return intentShape.parse(await stripe.paymentIntents.retrieve(id, params, { timeout: left() }));
}

async function findInList(
  stripe: Stripe,
  how: { readonly key: string; readonly pagesMax: number; readonly left: TimeLeft },
): Promise<StripeIntent | null> {
  let after: string | undefined;
  for (let page = 0; page < how.pagesMax; page++) {
    const cursor = after === undefined ? {} : { starting_after: after };
    const list = listShape.parse(
      await stripe.paymentIntents.list(
        { limit: LIST_MAX, expand: expandInList(), ...cursor },
        { timeout: how.left() },
      ),
    );
    const found = pick(list.data, how.key);
    if (found !== null) return found;
    after = intentShape.safeParse(list.data.at(-1)).data?.id;
    if (!list.has_more || after === undefined) break;
  }
  return null;
}

function pick(intents: readonly unknown[], key: string): StripeIntent | null {
  const read = intents.flatMap((intent) => intentShape.safeParse(intent).data ?? []);
  return read.find((intent) => intent.metadata?.[OPERATION_KEY] === key) ?? null;
}

/** Not offered to accounts of every country. */
function isSearchMissing(error: unknown): boolean {
  if (!(error instanceof Stripe.errors.StripeError)) return false;
  return error.statusCode === 400 || error.statusCode === 403 || error.statusCode === 404;
}
