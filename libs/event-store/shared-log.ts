import { setTimeout as pause } from 'node:timers/promises';
import { LOG_START, type LogPage, type Position } from './event-store.js';
import { gatherTimeMs } from './gather-time.js';

export const SHARED_PAGE_MAX = 500;
const EVENTS_KEPT_MAX = 8 * SHARED_PAGE_MAX;
/** Small ones: a read model lets events gather for longer than those who stand at the end. */
const PAGES_KEPT_MAX = 64;
const IDLE_PAUSE_MIN_MS = 5;
/**
 * While the log grows, what comes within this time of the last look is one page: every reader pays for its pages more
 * than for their events. An event after a pause is read at once, and so is all that a reader has yet to catch up with.
 */
const GATHER = { minMs: 20, maxMs: 100 };

interface KeptPage {
  readonly from: Position;
  readonly page: LogPage;
}

/**
 * What all subscriptions of a process read from: those at the same place share one query, and the last pages are kept
 * for those a little behind. Nothing is read that nobody asked for, so a slow reader costs no memory.
 */
export class SharedLog {
  private kept: KeptPage[] = [];
  private readonly inFlight = new Map<Position, Promise<LogPage>>();
  private pause: { readonly done: Promise<void>; readonly end: () => void } | undefined;
  private pauseMs = IDLE_PAUSE_MIN_MS;
  /** The last page that was not full and held something: where it ended, and until when the next one gathers. */
  private partRead = { to: LOG_START, gathersUntilMs: -Infinity };

  constructor(
    private readonly read: (after: Position, limit: number) => Promise<LogPage>,
    private readonly idlePauseMaxMs: number,
  ) {}

  /** At most `limit` events behind `after`, unfiltered. */
  async next(after: Position, limit: number): Promise<LogPage> {
    const kept = this.kept.find(({ from, page }) => from <= after && after < page.position);
    const page = kept?.page ?? (await this.readOnce(after));
    const events = page.events.filter((event) => event.position > after);
    if (events.length <= limit) {
      const newest = kept === undefined || kept === this.kept.at(-1);
      return { events, position: page.position, atEnd: page.atEnd && newest };
    }
    const cut = events.slice(0, limit);
    return { events: cut, position: cut.at(-1)?.position ?? after, atEnd: false };
  }

  /** Resolves when it is worth to ask again: all that wait do so together. */
  idle(): Promise<void> {
    this.pause ??= this.startPause();
    return this.pause.done;
  }

  /** Something was stored here, or a reader has to look at its signal. */
  poke(): void {
    this.pauseMs = IDLE_PAUSE_MIN_MS;
    this.pause?.end();
  }

  private readOnce(after: Position): Promise<LogPage> {
    let reading = this.inFlight.get(after);
    if (reading === undefined) {
      reading = this.gather(after)
        .then(() => this.read(after, SHARED_PAGE_MAX))
        .then((page) => this.keep(after, page))
        .finally(() => this.inFlight.delete(after));
      this.inFlight.set(after, reading);
    }
    return reading;
  }

  private async gather(after: Position): Promise<void> {
    const { to, gathersUntilMs } = this.partRead;
    if (after < to) return;
    const leftMs = gathersUntilMs - performance.now();
    if (leftMs > 0) await pause(leftMs);
  }

  private keep(from: Position, page: LogPage): LogPage {
    if (page.events.length > 0) {
      this.kept.push({ from, page });
      this.shrink();
      this.pauseMs = IDLE_PAUSE_MIN_MS;
      if (page.atEnd) {
        const gathersUntilMs = performance.now() + gatherTimeMs(page.events.length, GATHER);
        this.partRead = { to: page.position, gathersUntilMs };
      }
    }
    return page;
  }

  private shrink(): void {
    let events = this.kept.reduce((sum, { page }) => sum + page.events.length, 0);
    while (events > EVENTS_KEPT_MAX || this.kept.length > PAGES_KEPT_MAX) {
      events -= this.kept.shift()?.page.events.length ?? 0;
    }
  }

  private startPause() {
    let end: () => void = () => undefined;
    const done = new Promise<void>((resolve) => {
      const timer = setTimeout(() => end(), this.pauseMs);
      end = () => {
        clearTimeout(timer);
        this.pause = undefined;
        resolve();
      };
    });
    this.pauseMs = Math.min(this.pauseMs * 2, this.idlePauseMaxMs);
    return { done, end };
  }
}
