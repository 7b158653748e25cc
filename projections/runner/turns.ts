import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';

/** Whoever holds its turn longer (a table that somebody locks, say) goes on beside the others. */
const TURN_MAX_MS = 1_000;

const turnsOf = new WeakMap<pg.Pool, Turns>();

/**
 * One piece of work after the other. Read models that all write at once would take every core of a small machine for
 * that while, and payments would wait; one after the other they are as fast, since their events are prepared by one thread.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly turnMaxMs = TURN_MAX_MS) {}

  /** Those who share a pool share its turns. */
  static of(pool: pg.Pool): Turns {
    const turns = turnsOf.get(pool) ?? new Turns();
    turnsOf.set(pool, turns);
    return turns;
  }

  /** Runs the work when what came before it has ended, well or not, or had its time. */
  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const begun = this.#last;
    const mine = begun.then(work);
    const ended = mine.catch(() => undefined);
    const overdue = () => pause(this.turnMaxMs, undefined, { ref: false });
    this.#last = begun.then(() => Promise.race([ended, overdue()]));
    return mine;
  }
}
