import { LifeClock, type Life } from './simulated-node.js';

/** So long after the last append nothing is left to be written down. */
const QUIET_AFTER_MS = 5_000;

/** Each look costs a turn, and what it finds is the same. */
const SLOWER = 3;

/** For those who look at the log again and again: while nothing comes they look no more, which changes nothing. */
export class IdleClock extends LifeClock {
  constructor(private readonly follower: Life) {
    super(follower, follower.clock.skewMs);
  }

  override async pause(ms: number, signal?: AbortSignal): Promise<void> {
    await super.pause(ms * SLOWER, signal);
    const { world } = this.follower;
    if (world.nowMs - world.log.lastAppendMs < QUIET_AFTER_MS) return;
    await world.log.nextAppend(signal);
  }
}
