import Stripe from 'stripe';
import { z } from 'zod';
import type { GatewayFact } from '../payment-gateway.js';
import type { TimeLeft } from './stripe-api.js';
import { retrieveIntent } from './stripe-api.js';
import {
  cursorBack,
  cursorIn,
  type InPayout,
  payoutOf,
  WAY_BACK,
  type WayBack,
  wayBackOf,
} from './stripe-cursor.js';
import { disputedIntentOf, EVENT_TYPES, factsOfDispute, factsOfEvent } from './stripe-facts.js';
import { factsOfSettlement } from './stripe-settlements.js';
import {
  eventShape,
  listShape,
  payoutShape,
  settledChargeShape,
  type StripeEvent,
} from './stripe-shapes.js';

const PAGE_MAX = 100;
/** Without a cursor the feed begins at most that many pages back. */
const FIRST_PAGES_MAX = 20;
/** What is of others' payments is passed over, that many pages in one call. */
const PASSED_PAGES_MAX = 10;

export interface FactsPage {
  readonly facts: readonly GatewayFact[];
  readonly cursor: string | null;
}

/**
 * Stripe's list of events as a feed, oldest first. What each answer of Stripe's brought is kept, so that a feed that
 * takes more of them than fit into one call still comes to its end.
 * @throws what the library throws, ZodError; only where nothing was reached that the cursor could tell
 */
export async function readFeed(
  stripe: Stripe,
  cursor: string | null,
  left: TimeLeft,
): Promise<FactsPage> {
  let at = cursor;
  for (let page = 0; page < PASSED_PAGES_MAX; page++) {
    let read: FactsPage;
    try {
      read = await readPage(stripe, at, left);
    } catch (error) {
      if (at === cursor) throw error;
      break;
    }
    if (read.facts.length > 0) return read;
    if (read.cursor === null || read.cursor === at) break;
    at = read.cursor;
  }
  return { facts: [], cursor: at };
}

async function readPage(stripe: Stripe, cursor: string | null, left: TimeLeft): Promise<FactsPage> {
  const wayBack = wayBackOf(cursor);
  if (cursor === null || wayBack !== null) {
    return await readFirst(stripe, wayBack ?? WAY_BACK, left);
  }
  const inPayout = payoutOf(cursor);
  if (inPayout !== null) return await readPayout(stripe, inPayout, left);
  return await readNext(stripe, cursor, left);
}

/** The events up to the first payout, which is then read by itself: one may hold thousands of payments. */
async function factsOfPage(
  stripe: Stripe,
  events: readonly StripeEvent[],
  left: TimeLeft,
): Promise<FactsPage> {
  const facts: GatewayFact[] = [];
  let cursor: string | null = null;
  for (const event of events) {
    const payout = event.type === 'payout.paid' ? payoutShape.safeParse(event.data.object) : null;
    if (payout?.success === true) {
      const { id, created } = event;
      return { facts, cursor: cursorIn({ id, created, payout: payout.data.id, after: null }) };
    }
    try {
      facts.push(...(await factsToldBy(stripe, event, left)));
    } catch (error) {
      if (cursor === null) throw error;
      break;
    }
    cursor = event.id;
  }
  return { facts, cursor };
}

async function factsToldBy(
  stripe: Stripe,
  event: StripeEvent,
  left: TimeLeft,
): Promise<readonly GatewayFact[]> {
  const disputed = disputedIntentOf(event);
  return disputed === null
    ? factsOfEvent(event)
    : await disputeFacts(stripe, { event, disputed }, left);
}

/** A dispute of what Stripe doesn't show, or shows in no known shape, is none of ours; it must not block the feed. */
async function disputeFacts(
  stripe: Stripe,
  { event, disputed }: { readonly event: StripeEvent; readonly disputed: string },
  left: TimeLeft,
): Promise<readonly GatewayFact[]> {
  try {
    return factsOfDispute(event, await retrieveIntent(stripe, disputed, left));
  } catch (error) {
    if (isRefusal(error) || error instanceof z.ZodError) return [];
    throw error;
  }
}

/** Stripe's refusal of a question: asked again it would answer alike. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Stripe.errors.StripeError)) return false;
  return error.statusCode === 400 || error.statusCode === 404;
}

async function readPayout(stripe: Stripe, from: InPayout, left: TimeLeft): Promise<FactsPage> {
  const list = await transactionsOf(stripe, from, left);
  const facts = list.data.flatMap((transaction) => {
    const { data } = settledChargeShape.safeParse(transaction);
    const intent = data?.source.payment_intent ?? null;
    return data === undefined || intent === null ? [] : factsOfSettlement(from, intent, data);
  });
  const after = lastId(list.data);
  const more = list.has_more === true && after !== null;
  return { facts, cursor: more ? cursorIn({ ...from, after }) : from.id };
}

/** None of a payout that was made by hand: Stripe does not say what such a one carried. */
async function transactionsOf(stripe: Stripe, from: InPayout, left: TimeLeft) {
  const params = {
    payout: from.payout,
    limit: PAGE_MAX,
    expand: ['data.source.payment_intent'],
    ...(from.after === null ? {} : { starting_after: from.after }),
  };
  try {
    return listShape.parse(await stripe.balanceTransactions.list(params, { timeout: left() }));
  } catch (error) {
    if (isRefusal(error)) return { data: [], has_more: false };
    throw error;
  }
}

function lastId(items: readonly unknown[]): string | null {
  const last = items.at(-1);
  const isNamed = typeof last === 'object' && last !== null && 'id' in last;
  return isNamed && typeof last.id === 'string' ? last.id : null;
}

/** The oldest events that Stripe still has (30 days), as far as pages back may go; or a cursor on the way there. */
async function readFirst(stripe: Stripe, from: WayBack, left: TimeLeft): Promise<FactsPage> {
  let way = from;
  for (;;) {
    try {
      const read = await readOlder(stripe, way, left);
      if ('cursor' in read) return read;
      way = read;
    } catch (error) {
      if (way === from) throw error;
      return { facts: [], cursor: cursorBack(way) };
    }
  }
}

/** One page further back; its facts where it is the last one. */
async function readOlder(
  stripe: Stripe,
  { oldest, pages }: WayBack,
  left: TimeLeft,
): Promise<FactsPage | WayBack> {
  const older = await eventsOf(stripe, oldest === null ? {} : { starting_after: oldest }, left);
  if (older === 'forgotten') return WAY_BACK;
  const first = older.events.at(0);
  // Those that were there when the page before was read are forgotten by now.
  if (first === undefined && oldest !== null) return await readNext(stripe, oldest, left);
  const isLast = first === undefined || !older.hasMore || pages + 1 >= FIRST_PAGES_MAX;
  if (isLast) return await factsOfPage(stripe, older.events, left);
  return { oldest: first.id, pages: pages + 1 };
}

/** What came after an event. Stripe has forgotten one of 30 days ago: then from the first on, once more. */
async function readNext(stripe: Stripe, after: string, left: TimeLeft): Promise<FactsPage> {
  const newer = await eventsOf(stripe, { ending_before: after }, left);
  if (newer === 'forgotten') return await readFirst(stripe, WAY_BACK, left);
  return await factsOfPage(stripe, newer.events, left);
}

interface EventsPage {
  readonly events: readonly StripeEvent[];
  readonly hasMore: boolean;
}

/** Oldest first; Stripe gives each page newest first. `forgotten`: it no longer knows the place to start from. */
async function eventsOf(
  stripe: Stripe,
  cursor: { readonly starting_after?: string; readonly ending_before?: string },
  left: TimeLeft,
): Promise<EventsPage | 'forgotten'> {
  const types = [...EVENT_TYPES];
  try {
    const params = { limit: PAGE_MAX, types, ...cursor };
    const list = listShape.parse(await stripe.events.list(params, { timeout: left() }));
    // One that can't be read must not block those behind it.
    const events = list.data.flatMap((event) => eventShape.safeParse(event).data ?? []);
    return { events: events.toReversed(), hasMore: list.has_more === true };
  } catch (error) {
    const isMissing =
      error instanceof Stripe.errors.StripeError && error.code === 'resource_missing';
    if (isMissing && Object.keys(cursor).length > 0) return 'forgotten';
    throw error;
  }
}
