import type { LogPage } from '../../libs/event-store/event-store.js';
import { gatherTimeMs, type GatherTimes } from '../../libs/event-store/gather-time.js';

export interface Gathering {
  /** A page that has so many events takes in no other. */
  readonly eventsMax: number;
  /** From page to page while the log grows. */
  readonly times: GatherTimes;
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * Fewer and fuller pages of a log that grows, so that the events of one payment are written as one row: what has come
 * meanwhile is one page. An event after a pause is not waited with.
 */
export async function* gatheredPages(
  pages: AsyncIterable<LogPage>,
  { eventsMax, times, pause }: Gathering,
): AsyncIterable<LogPage> {
  let held: LogPage | null = null;
  for await (const page of pages) {
    held = held === null ? page : { ...page, events: [...held.events, ...page.events] };
    // There is more to come at once.
    if (!page.atEnd && held.events.length < eventsMax) continue;
    const startedMs = performance.now();
    const { length } = held.events;
    yield held;
    held = null;
    const leftMs = startedMs + gatherTimeMs(length, times) - performance.now();
    if (page.atEnd && length > 0 && leftMs > 0) await pause(leftMs);
  }
}
