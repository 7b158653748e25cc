import { Clock } from '../platform/clock.js';

/** A clock that moves only when it is told to; begins at the epoch. */
export class SteppedClock extends Clock {
  #ms = 0;

  step(ms: number): void {
    this.#ms += ms;
  }

  override now(): string {
    return new Date(this.#ms).toISOString();
  }

  override monotonicMs(): number {
    return this.#ms;
  }
}
