import {
  LOG_START,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '../event-store/event-store.js';
import { verifyChain } from '../event-store/hash-chain.js';
import { PAYMENT_STREAM_PREFIX } from '../payments/payment.stream.js';
import { EventIds } from './event-ids.js';
import type { Findings } from './finding.js';
import type { IntentLedger } from './intent-ledger.js';
import { otherStreamFault } from './other-streams.js';
import { PaymentStreams } from './payment-streams.js';
import type { SealedLog } from './seals.js';
import { checkPage, type EventWitnesses, type KnownHead } from './witnesses.js';

export interface VerifyLogOptions {
  readonly store: EventStore;
  readonly findings: Findings;
  /** Null: nobody wrote down what the log held. */
  readonly witnesses: EventWitnesses | null;
  /** Null: nothing is sealed. */
  readonly seals: SealedLog | null;
  /** Null: there are no books to compare with. */
  readonly intents: IntentLedger | null;
  /** Given each page once it was looked at. */
  readonly onEvents: (events: readonly RecordedEvent[]) => Promise<void>;
  readonly signal: AbortSignal;
}

export interface VerifiedLog {
  readonly events: number;
  /** Of the last event. */
  readonly position: Position;
  /** Every stream; about 0.3 KB each. */
  readonly heads: ReadonlyMap<string, KnownHead>;
  readonly payments: PaymentStreams;
}

const PAGE_MAX = 1_000;

/**
 * Reads the whole log once: revisions, hash chains, ids, folds, money rules and witnesses. Memory grows with the number
 * of streams and events (ids), not with their size. @throws what the store and the witnesses throw
 */
export async function verifyLog(options: VerifyLogOptions): Promise<VerifiedLog> {
  const { store, findings, witnesses, intents } = options;
  const heads = new Map<string, KnownHead>();
  const ids = new EventIds();
  const payments = new PaymentStreams(store, findings, intents);
  let position = LOG_START;
  let events = 0;
  for (let atEnd = false; !atEnd;) {
    options.signal.throwIfAborted();
    // Read before the page: what was witnessed by then must be in it.
    const witnessed = (await witnesses?.last()) ?? LOG_START;
    const page = await store.readAll(position, PAGE_MAX);
    await options.seals?.take(page.events);
    for (const event of page.events) {
      checkPlace(event, { heads, findings, payments });
      if (!ids.add(event.id)) {
        findings.add('event_ids', event, `the id ${event.id} is that of an earlier event, too`);
      }
      await checkMeaning(event, findings, payments);
    }
    atEnd = page.atEnd;
    const to = atEnd && witnessed > page.position ? witnessed : page.position;
    if (witnesses !== null) {
      await checkPage({ witnesses, findings }, page.events, { after: position, to });
    }
    await options.onEvents(page.events);
    events += page.events.length;
    position = page.position;
  }
  payments.finish();
  return { events, position, heads, payments };
}

interface Place {
  readonly heads: Map<string, KnownHead>;
  readonly findings: Findings;
  readonly payments: PaymentStreams;
}

/** Revision and hash behind the event that came before it in its stream. */
function checkPlace(event: RecordedEvent, { heads, findings, payments }: Place): void {
  const { stream, revision, position } = event;
  const before = heads.get(stream);
  const fault = verifyChain([event], before ?? 'no stream');
  switch (fault?.fault) {
    case undefined:
      break;
    case 'other revision':
      findings.add('revisions', event, gapText(before?.revision ?? -1, revision));
      payments.giveUp(event, null);
      break;
    case 'other hash':
      findings.add(
        'hash_chain',
        event,
        'was altered, or the event before it was: its hash is not that of what is stored',
      );
      break;
    case 'not json':
      findings.add('hash_chain', event, 'was altered: it holds what no append lets in');
      break;
    case 'other stream': // one event is of one stream
      break;
  }
  // Each event is held against what stands before it, so that one fault does not hide the next.
  heads.set(stream, { revision, hash: event.metadata.hash, position });
}

function gapText(before: number, revision: number): string {
  if (revision <= before) return `revision ${revision} comes behind ${before}: out of order`;
  const [first, last] = [before + 1, revision - 1];
  return first === last
    ? `revision ${first}, which stood before this event, is missing`
    : `revisions ${first} to ${last}, which stood before this event, are missing`;
}

async function checkMeaning(
  event: RecordedEvent,
  findings: Findings,
  payments: PaymentStreams,
): Promise<void> {
  if (event.stream.startsWith(PAYMENT_STREAM_PREFIX)) {
    await payments.take(event);
    return;
  }
  const fault = otherStreamFault(event);
  if (fault !== null) findings.add('fold', event, fault);
}
