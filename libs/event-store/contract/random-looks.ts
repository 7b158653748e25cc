import {
  StoreUnavailable,
  type EventStore,
  type LogFilter,
  type LogPage,
  type Position,
  type RecordedEvent,
} from '../event-store.js';
import { matches } from '../position.js';
import { pick, randomFilter, randomStream, type Choose } from './random-events.js';
import type { TriedBatches } from './tried-batches.js';

export interface StreamLook {
  readonly at: 'stream';
  readonly stream: string;
  readonly from: number;
  /** Revision that somebody had been told of when this was asked. */
  readonly atLeast: number;
  readonly events: readonly RecordedEvent[];
}

/** What was asked of the log at some time, and what it showed. */
export type Look =
  | StreamLook
  | {
      readonly at: 'log';
      readonly after: Position;
      readonly limit: number;
      readonly filter: LogFilter | undefined;
      readonly page: LogPage;
    }
  | {
      readonly at: 'count';
      readonly after: Position;
      readonly max: number;
      readonly count: number;
    };

const LIMITS = [1, 2, 10, 50, 500];
const COUNTS = [1, 20, 100_000];

/** Undefined while the store is away. */
export function randomLook(
  store: EventStore,
  choose: Choose,
  { tag, batches }: { readonly tag: string; readonly batches: TriedBatches },
): Promise<Look | undefined> {
  const at = pick(choose, ['stream', 'stream', 'log', 'log', 'count'] as const);
  const after = pick(choose, batches.positions);
  switch (at) {
    case 'stream': {
      const stream = randomStream(choose, tag);
      const from = choose(batches.toldRevision(stream) + 3);
      return lookAtStream(store, { stream, from }, batches);
    }
    case 'log': {
      const [limit, filter] = [pick(choose, LIMITS), randomFilter(choose)];
      const page = store.readAll(after, limit, filter);
      return unlessAway(page.then((shown) => ({ at, after, limit, filter, page: shown })));
    }
    case 'count': {
      const max = pick(choose, COUNTS);
      const counting = store.countAfter(after, max);
      return unlessAway(counting.then((count) => ({ at, after, max, count })));
    }
  }
}

export function lookAtStream(
  store: EventStore,
  { stream, from }: { readonly stream: string; readonly from: number },
  batches: TriedBatches,
): Promise<StreamLook | undefined> {
  const atLeast = batches.toldRevision(stream);
  const reading = store.readStream(stream, from);
  return unlessAway(reading.then((events) => ({ at: 'stream', stream, from, atLeast, events })));
}

async function unlessAway<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StoreUnavailable) return undefined;
    throw error;
  }
}

/** What one look on the way showed otherwise than the log says at the end, where it may have grown. */
export function faultsOfLook(look: Look, log: readonly RecordedEvent[]): readonly string[] {
  const subject = `${look.at} ${look.at === 'stream' ? look.stream : look.after}`;
  return lookFaults(look, log).map((fault) => `${subject}: ${fault}`);
}

function lookFaults(look: Look, log: readonly RecordedEvent[]): readonly string[] {
  switch (look.at) {
    case 'stream': {
      const { stream, from, atLeast, events } = look;
      const whole = log.filter((event) => event.stream === stream && event.revision >= from);
      if (!isBeginning(events, whole)) return ['other events than the log has'];
      return events.length < atLeast + 1 - from
        ? [`${events.length} from ${from} on, of ${atLeast}`]
        : [];
    }
    case 'log': {
      const { after, limit, filter, page } = look;
      const behind = log.filter(
        ({ position, stream }) => position > after && matches(stream, filter),
      );
      const passed = behind.filter(({ position }) => position <= page.position);
      if (page.events.length > limit) return [`${page.events.length} in a page of ${limit}`];
      if (!isBeginning(page.events, behind)) return ['other events than the log has'];
      return page.events.length < passed.length ? ['events were passed over'] : [];
    }
    case 'count': {
      const most = Math.min(look.max, countBehind(log, look.after));
      return look.count > most ? [`${look.count} were counted of ${most}`] : [];
    }
  }
}

/** The same where nothing happens any more, and so nothing may be missing. */
export function faultsOfLookAtRest(look: Look, log: readonly RecordedEvent[]): readonly string[] {
  const faults = [...faultsOfLook(look, log)];
  if (look.at === 'count') {
    const there = Math.min(look.max, countBehind(log, look.after));
    if (look.count !== there) faults.push(`${look.count} were counted of ${there}`);
  } else if (look.at === 'log') {
    const { position, atEnd, events } = look.page;
    const left = log.some(
      (event) => event.position > position && matches(event.stream, look.filter),
    );
    if (atEnd && left) faults.push(`${position} is not the end`);
    if (!atEnd && position <= look.after) faults.push(`${events.length} events lead nowhere`);
  }
  return faults;
}

function countBehind(log: readonly RecordedEvent[], after: Position): number {
  return log.filter(({ position }) => position > after).length;
}

function isBeginning(events: readonly RecordedEvent[], whole: readonly RecordedEvent[]): boolean {
  return events.every((event, index) => sameEvent(event, whole[index]));
}

/** To the last character. */
export function sameEvent(one: RecordedEvent, other: RecordedEvent | undefined): boolean {
  return other !== undefined && JSON.stringify(inOrder(one)) === JSON.stringify(inOrder(other));
}

function inOrder(event: RecordedEvent): unknown[] {
  const { id, position, stream, revision, type, version, data, metadata } = event;
  return [id, position, stream, revision, type, version, data, metadata];
}
