import { randomUUID } from 'node:crypto';
import { newEventId } from '../../platform/ids.js';
import type {
  Appended,
  EventStore,
  ExpectedHead,
  JsonObject,
  LogPage,
  NewEvent,
  RecordedEvent,
} from '../event-store.js';
import { OutcomeUnknown, StoreUnavailable } from '../event-store.js';

/** An engine under the contract suite. */
export interface EventStoreHarness {
  /** A store on the one log of this harness; each call gives another instance where the engine allows it. */
  open(): Promise<EventStore>;
  /** Ends the engine (or every connection to it) without warning and brings it back on the same data. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
  /** Stores on connections of their own, which break; none in memory, nor where a proxy can't be put before the engine. */
  readonly openFragile?: () => Promise<FragileStores | undefined>;
  /** EventStoreDB looks for an event's id in its stream alone. */
  readonly idsOfOneStreamOnly?: boolean;
  /** The log itself stands in this process' memory, so that memory says nothing about subscriptions. */
  readonly logInMemory?: boolean;
}

/** Stores on the log of a harness, and all that may happen to their connections. */
export interface FragileStores {
  readonly stores: readonly EventStore[];
  /** Each makes trouble for a moment and ends it; what is stored by others meets none. */
  readonly troubles: readonly (() => Promise<unknown>)[];
  dispose(): Promise<void>;
}

export function newStream(prefix = 'contract'): string {
  return `${prefix}-${randomUUID()}`;
}

export function newEvent(data: JsonObject = { amount: '10.00' }, type = 'Tested'): NewEvent {
  const metadata = {
    at: '2025-01-01T00:00:00.000Z',
    correlationId: randomUUID(),
    causationId: randomUUID(),
    actor: 'system:contract',
  };
  return { id: newEventId(), type, version: 1, data, metadata };
}

export function newEvents(count: number): NewEvent[] {
  return Array.from({ length: count }, (_, index) => newEvent({ index }));
}

export function idsOf(events: readonly { readonly id: string }[]): string[] {
  return events.map((event) => event.id);
}

/** As callers do it: the same batch again until its outcome is known. */
export async function appendUntilKnown(
  store: EventStore,
  stream: string,
  expected: ExpectedHead,
  events: readonly NewEvent[],
): Promise<Appended> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      return await store.append(stream, expected, events);
    } catch (error) {
      const open = error instanceof OutcomeUnknown || error instanceof StoreUnavailable;
      if (!open || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Waits while the store is away. @throws StoreUnavailable when it stays away */
export async function untilItAnswers(store: EventStore): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      await store.head();
      return;
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** Reads pages until `enough` says so, then ends the subscription. */
export async function collect(
  pages: AsyncIterable<LogPage>,
  enough: (events: readonly RecordedEvent[], page: LogPage) => boolean,
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const page of pages) {
    events.push(...page.events);
    if (enough(events, page)) break;
  }
  return events;
}
