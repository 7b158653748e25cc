import { setTimeout as pause } from 'node:timers/promises';
import type { LogPage, Position, SubscriptionOptions } from './event-store.js';
import { matches, parsePosition } from './position.js';
import { SharedLog } from './shared-log.js';

/** What subscriptions are made of: pages read on demand. */
export interface LogSource {
  page(after: Position, limit: number): Promise<LogPage>;
  filteredPage(after: Position, limit: number, prefixes: readonly string[]): Promise<LogPage>;
}

export interface LogSubscriptionsOptions {
  /** Longest time without a look at an idle log. */
  readonly idlePauseMaxMs: number;
  /** Told what a subscription met and goes on after, with pauses. */
  readonly onTrouble: ((error: unknown) => void) | undefined;
}

const PAGE_DEFAULT = 500;
const BACK_OFF_MIN_MS = 50;
const BACK_OFF_MAX_MS = 2_000;

/**
 * Subscriptions by reading on from the last position: the reader's pace is the pace, nothing is pushed, so that a slow
 * one costs no memory and a restart of the store is but a pause. All of them share one read of the newest pages.
 */
export class LogSubscriptions {
  private readonly shared: SharedLog;
  private readonly ending = new AbortController();

  constructor(
    private readonly source: LogSource,
    private readonly options: LogSubscriptionsOptions,
  ) {
    const read = (after: Position, limit: number) => source.page(after, limit);
    this.shared = new SharedLog(read, options.idlePauseMaxMs);
  }

  /** @throws InvalidPosition at the first step */
  async *subscribe(after: Position, options: SubscriptionOptions): AsyncIterable<LogPage> {
    parsePosition(after);
    const poke = () => this.shared.poke();
    options.signal.addEventListener('abort', poke);
    const ended = AbortSignal.any([options.signal, this.ending.signal]);
    let position = after;
    let caughtUp = false;
    let toldEnd = false;
    let failures = 0;
    try {
      while (!ended.aborted) {
        const page = await this.tryNext(position, caughtUp, options);
        if (page === undefined) {
          await backOff(failures++, ended);
          continue;
        }
        failures = 0;
        if (page.position !== position || (page.atEnd && !toldEnd)) {
          position = page.position;
          toldEnd = page.atEnd;
          caughtUp ||= page.atEnd;
          yield page;
        } else {
          await this.shared.idle();
        }
      }
    } finally {
      options.signal.removeEventListener('abort', poke);
    }
  }

  /** Something new is in the log. */
  poke(): void {
    this.shared.poke();
  }

  /** Ends all subscriptions, each after the page in hand. */
  end(): void {
    this.ending.abort();
    this.shared.poke();
  }

  private async tryNext(
    position: Position,
    caughtUp: boolean,
    options: SubscriptionOptions,
  ): Promise<LogPage | undefined> {
    try {
      return await this.next(position, caughtUp, options);
    } catch (error) {
      if (!this.ending.signal.aborted) this.options.onTrouble?.(error);
      return undefined;
    }
  }

  /** A filter is the store's work while there is a long way to go, and ours once all read the same newest pages. */
  private async next(
    position: Position,
    caughtUp: boolean,
    { filter, batchMax = PAGE_DEFAULT }: SubscriptionOptions,
  ): Promise<LogPage> {
    const prefixes = filter?.streamPrefixes;
    if (prefixes !== undefined && !caughtUp) {
      return this.source.filteredPage(position, batchMax, prefixes);
    }
    const page = await this.shared.next(position, batchMax);
    if (prefixes === undefined) return page;
    return { ...page, events: page.events.filter(({ stream }) => matches(stream, filter)) };
  }
}

async function backOff(failures: number, ended: AbortSignal): Promise<void> {
  const longest = Math.min(BACK_OFF_MIN_MS * 2 ** Math.min(failures, 10), BACK_OFF_MAX_MS);
  // Half of it at random, so that many processes don't come back in step.
  const waitMs = longest * (0.5 + Math.random() / 2);
  await pause(waitMs, undefined, { signal: ended }).catch(() => undefined);
}
