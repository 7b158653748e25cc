import Stripe from 'stripe';
import { z } from 'zod';
import type { GatewayFact } from '../payment-gateway.js';
import type { TimeLeft } from './stripe-api.js';
import { retrieveIntent } from './stripe-api.js';
import {
  disputedIntentOf,
  EVENT_TYPES,
  factsOfDispute,
  factsOfEvent,
  factsOfSettlement,
} from './stripe-facts.js';
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
 * Stripe's list of events as a feed, oldest first. The cursor is the id of the last event read; in the middle of a
 * payout it names that too. @throws what the library throws, ZodError
 */
export async function readFeed(
  stripe: Stripe,
  cursor: string | null,
  left: TimeLeft,
): Promise<FactsPage> {
  let at = cursor;
  for (let page = 0; page < PASSED_PAGES_MAX; page++) {
    const read = await readPage(stripe, at, left);
    if (read.facts.length > 0) return read;
    if (read.cursor === null || read.cursor === at) break;
    at = read.cursor;
  }
  return { facts: [], cursor: at };
}

async function readPage(stripe: Stripe, cursor: string | null, left: TimeLeft): Promise<FactsPage> {
  if (cursor === null) return await factsOfPage(stripe, await firstPage(stripe, left), left);
  const inPayout = payoutOf(cursor);
  if (inPayout !== null) return await readPayout(stripe, inPayout, left);
  return await factsOfPage(stripe, await nextPage(stripe, cursor, left), left);
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
    const disputed = disputedIntentOf(event);
    facts.push(
      ...(disputed === null
        ? factsOfEvent(event)
        : await disputeFacts(stripe, { event, disputed }, left)),
    );
    cursor = event.id;
  }
  return { facts, cursor };
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

interface InPayout {
  readonly id: string;
  readonly created: number;
  readonly payout: string;
  /** The last balance transaction read. */
  readonly after: string | null;
}

function cursorIn({ id, created, payout, after }: InPayout): string {
  return [id, created, payout, after ?? ''].join('@');
}

function payoutOf(cursor: string | null): InPayout | null {
  const [id, created, payout, after] = cursor?.split('@') ?? [];
  if (id === undefined || created === undefined || payout === undefined) return null;
  return { id, created: Number(created), payout, after: after || null };
}

async function readPayout(stripe: Stripe, from: InPayout, left: TimeLeft): Promise<FactsPage> {
  const list = await transactionsOf(stripe, from, left);
  const facts = list.data.flatMap((transaction) => {
    const { data } = settledChargeShape.safeParse(transaction);
    const intent = data?.source.payment_intent ?? null;
    return data === undefined || intent === null
      ? []
      : factsOfSettlement(from, intent, data.amount);
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

/** The oldest events that Stripe still has (30 days), as far as pages back may go. */
async function firstPage(stripe: Stripe, left: TimeLeft): Promise<readonly StripeEvent[]> {
  let events: readonly StripeEvent[] = [];
  for (let page = 0; page < FIRST_PAGES_MAX; page++) {
    const oldest = events.at(0)?.id;
    const cursor = oldest === undefined ? {} : { starting_after: oldest };
    const older = await eventsOf(stripe, cursor, left);
    if (older.events.length > 0) ({ events } = older);
    if (!older.hasMore || older.events.length === 0) break;
  }
  return events;
}

/** What came after the cursor. Stripe has forgotten a cursor of 30 days ago: then from the first on, once more. */
async function nextPage(
  stripe: Stripe,
  cursor: string,
  left: TimeLeft,
): Promise<readonly StripeEvent[]> {
  try {
    return (await eventsOf(stripe, { ending_before: cursor }, left)).events;
  } catch (error) {
    const forgotten =
      error instanceof Stripe.errors.StripeError && error.code === 'resource_missing';
    if (forgotten) return await firstPage(stripe, left);
    throw error;
  }
}

/** Oldest first; Stripe gives each page newest first. */
async function eventsOf(
  stripe: Stripe,
  cursor: { readonly starting_after?: string; readonly ending_before?: string },
  left: TimeLeft,
): Promise<{ readonly events: readonly StripeEvent[]; readonly hasMore: boolean }> {
  const types = [...EVENT_TYPES];
  const page = await stripe.events.list({ limit: PAGE_MAX, types, ...cursor }, { timeout: left() });
  const list = listShape.parse(page);
  // One that can't be read must not block those behind it.
  const events = list.data.flatMap((event) => eventShape.safeParse(event).data ?? []).toReversed();
  return { events, hasMore: list.has_more === true };
}
