import { setTimeout as pause } from 'node:timers/promises';
import {
  StoreUnavailable,
  type EventStore,
  type Position,
} from '../../libs/event-store/event-store.js';
import type { Queryable } from '../../libs/platform/queryable.js';
import { queryReadModel } from './read-model.js';

/** Counting stops here, for it may mean reading; a projection further behind shows this number. */
export const LAG_EVENTS_MAX = 10_000;
export const MIN_POSITION_WAIT_MAX_MS = 2_000;

/** Where the read models are looked up, and the log that they follow. */
export interface ReadSide {
  readonly pool: Queryable;
  readonly store: EventStore;
}

export type Freshness =
  { readonly kind: 'ok' } | { readonly kind: 'behind'; readonly lagEvents: number };

const LOOK_INTERVAL_MS = 10;
/** A look at a connection that hangs holds up nobody longer than this. */
const LOOK_PATIENCE_MS = 250;

interface Waiter {
  readonly position: Position;
  readonly deadlineMs: number;
  readonly resolve: (freshness: Freshness | Promise<Freshness>) => void;
  readonly reject: (error: unknown) => void;
}

/** Waits for read models: all that wait for the same one share one look at it at a time. */
export class ProjectionWaits {
  /** By projection. */
  readonly #waiting = new Map<string, Set<Waiter>>();

  constructor(private readonly side: ReadSide) {}

  /**
   * Waits until the read model holds everything up to the position, at most `maxWaitMs`.
   * @throws ReadModelUnavailable, StoreUnavailable where nobody answers
   */
  waitFor(
    name: string,
    wanted: { readonly position: Position; readonly maxWaitMs?: number },
  ): Promise<Freshness> {
    const { position, maxWaitMs = MIN_POSITION_WAIT_MAX_MS } = wanted;
    return new Promise((resolve, reject) => {
      const deadlineMs = performance.now() + maxWaitMs;
      const waiter = { position, deadlineMs, resolve, reject };
      const others = this.#waiting.get(name);
      if (others !== undefined) {
        others.add(waiter);
        return;
      }
      const waiting = new Set<Waiter>([waiter]);
      this.#waiting.set(name, waiting);
      void this.#watch(name, waiting);
    });
  }

  /** Never throws: what a look throws is told to all who waited for it. */
  async #watch(name: string, waiting: Set<Waiter>): Promise<void> {
    while (waiting.size > 0) {
      const answered = await this.#look(name, waiting);
      if (!answered) endLate(waiting);
      if (waiting.size > 0) await pause(LOOK_INTERVAL_MS);
    }
    this.#waiting.delete(name);
  }

  /** False: no answer yet. It still counts when it comes; meanwhile there is another look. */
  async #look(name: string, waiting: Set<Waiter>): Promise<boolean> {
    const patience = new AbortController();
    const impatient = pause(LOOK_PATIENCE_MS, false, patience).catch(() => false);
    const looking = positionOf(this.side.pool, name).then(
      (position) => this.#tell(waiting, position),
      (error: unknown) => {
        // One that was given up may break long after the others go on.
        if (!patience.signal.aborted) rejectAll(waiting, error);
      },
    );
    const answered = await Promise.race([looking.then(() => true), impatient]);
    patience.abort();
    return answered;
  }

  #tell(waiting: Set<Waiter>, position: Position | null): void {
    const nowMs = performance.now();
    let lag: Promise<Freshness> | undefined;
    for (const waiter of waiting) {
      const isThere = position !== null && position >= waiter.position;
      if (!isThere && nowMs < waiter.deadlineMs) continue;
      waiting.delete(waiter);
      waiter.resolve(isThere ? { kind: 'ok' } : (lag ??= lagBehind(this.side.store, position)));
    }
  }
}

/** Those whose time is over while nobody answers. */
function endLate(waiting: Set<Waiter>): void {
  const nowMs = performance.now();
  const late = [...waiting].filter(({ deadlineMs }) => nowMs >= deadlineMs);
  for (const waiter of late) waiting.delete(waiter);
  rejectAll(new Set(late), new StoreUnavailable('the read models give no answer'));
}

function rejectAll(waiting: Set<Waiter>, error: unknown): void {
  for (const { reject } of waiting) reject(error);
  waiting.clear();
}

/** How far a read model has come; null: there is none of this name. @throws ReadModelUnavailable */
async function positionOf(pool: Queryable, name: string): Promise<Position | null> {
  const rows = await queryReadModel<{ position: Position }>(pool, SELECT_POSITION, [name]);
  return rows[0]?.position ?? null;
}

/** Of a read model that has not come far enough. */
async function lagBehind(store: EventStore, position: Position | null): Promise<Freshness> {
  const lagEvents =
    position === null ? LAG_EVENTS_MAX : await store.countAfter(position, LAG_EVENTS_MAX);
  return { kind: 'behind', lagEvents };
}

const SELECT_POSITION = `
  select v.position
    from projections p
    join projection_versions v on v.name = p.name and v.version = p.active_version
   where p.name = $1`;
