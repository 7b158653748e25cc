import {
  LOG_START,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '../event-store/event-store.js';
import { PAYMENT_STREAM_PREFIX } from '../payments/payment.stream.js';
import { EventIds } from './event-ids.js';
import type { Findings } from './finding.js';
import type { IntentLedger } from './intent-ledger.js';
import { OtherStreams } from './other-streams.js';
import {
  PaymentStreams,
  type OpenIntent,
  type RuleBrokenByFact,
  type WaitingPayment,
} from './payment-streams.js';
import type { SealedLog } from './seals.js';
import { StreamChains } from './stream-chains.js';
import type { StreamPart } from './stream-parts.js';
import { checkPage, type EventWitnesses } from './witnesses.js';

export interface VerifyLogOptions {
  readonly store: EventStore;
  readonly findings: Findings;
  /** The streams that are followed. */
  readonly part: StreamPart;
  readonly pageMax: number;
  /** Null: nobody wrote down what the log held. */
  readonly witnesses: EventWitnesses | null;
  /** Null: nothing is sealed. Opened before. */
  readonly seals: SealedLog | null;
  /** Null: there are no books to compare with. */
  readonly intents: IntentLedger | null;
  /** Given each page once it was looked at. */
  readonly onEvents: (events: readonly RecordedEvent[]) => Promise<void>;
  readonly signal: AbortSignal;
}

export interface VerifiedLog {
  /** All that were read. */
  readonly events: number;
  /** Those that were followed. */
  readonly streams: number;
  /** Of the last event. */
  readonly position: Position;
  readonly payments: VerifiedPayments;
}

export interface VerifiedPayments {
  readonly brokenByFacts: readonly RuleBrokenByFact[];
  readonly brokenByFactsCount: number;
  /** By stream. */
  readonly openIntents: ReadonlyMap<string, OpenIntent>;
  /** Streams that could not be followed to their end. */
  readonly unfoldable: ReadonlySet<string>;
}

/** As large as what was followed: `joinParts` keeps what may be kept while the next part is read. */
export interface VerifiedPart extends VerifiedLog {
  readonly payments: VerifiedPayments & {
    /** By stream. */
    readonly waiting: ReadonlyMap<string, WaitingPayment>;
  };
}

/**
 * Reads the log once, up to where it ended at the start or further: revisions, hash chains, ids, folds, calls, money
 * rules, settings and witnesses. Memory grows with the number of streams and events (ids) of the part, not with their
 * size. @throws what the store, the witnesses and the seals throw
 */
export async function verifyLog(options: VerifyLogOptions): Promise<VerifiedPart> {
  const { store, findings, part, witnesses } = options;
  const chains = new StreamChains(findings);
  const ids = new EventIds();
  const payments = new PaymentStreams(store, findings, options.intents);
  const others = new OtherStreams(findings);
  // What comes later is of the next run; else a log that grows quickly would never end.
  const head = await store.head();
  let position = LOG_START;
  let events = 0;
  for (let atEnd = false; !atEnd;) {
    options.signal.throwIfAborted();
    // Read before the page: what was witnessed by then must be in it.
    const known = (await witnesses?.known()) ?? { last: LOG_START, complete: LOG_START };
    const page = await store.readAll(position, options.pageMax);
    await options.seals?.take(page.events);
    for (const event of page.events) {
      if (part.hasId(event.id) && !ids.add(event.id)) {
        findings.add('event_ids', event, `the id ${event.id} is that of an earlier event, too`);
      }
      if (!part.has(event.stream)) continue;
      const inOrder = chains.take(event);
      if (!event.stream.startsWith(PAYMENT_STREAM_PREFIX)) others.take(event);
      else if (inOrder) await payments.take(event);
      else payments.giveUp(event, null);
    }
    atEnd = page.atEnd || page.position >= head;
    const to = page.atEnd && known.last > page.position ? known.last : page.position;
    if (witnesses !== null) {
      const range = { after: position, to, complete: known.complete };
      await checkPage({ witnesses, findings }, page.events, range);
    }
    await options.onEvents(page.events);
    events += page.events.length;
    position = page.position;
  }
  payments.finish();
  return { events, streams: chains.streams, position, payments };
}

/** What the readings of all parts came to. */
export function joinParts(logs: readonly VerifiedLog[]): VerifiedLog {
  const payments = logs.map((log) => log.payments);
  return {
    events: logs[0]?.events ?? 0,
    streams: logs.reduce((sum, { streams }) => sum + streams, 0),
    position: logs[0]?.position ?? LOG_START,
    payments: {
      brokenByFacts: payments.flatMap(({ brokenByFacts }) => brokenByFacts),
      brokenByFactsCount: payments.reduce((sum, one) => sum + one.brokenByFactsCount, 0),
      openIntents: new Map(payments.flatMap(({ openIntents }) => [...openIntents])),
      unfoldable: new Set(payments.flatMap(({ unfoldable }) => [...unfoldable])),
    },
  };
}
