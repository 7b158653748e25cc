import { setTimeout } from 'node:timers/promises';

/** Where time comes from. Decisions take instants from here; nothing else asks the machine. */
export abstract class Clock {
  /** The instant, ISO 8601 in UTC with milliseconds. */
  abstract now(): string;
  /** Milliseconds that never run backwards; only differences mean something, and only within this process. */
  abstract monotonicMs(): number;

  /** Waits so many milliseconds, or until the signal. Never throws. */
  async pause(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal === undefined) return await setTimeout(ms);
    await setTimeout(ms, undefined, { signal }).catch(() => undefined);
  }
}

export class SystemClock extends Clock {
  #atMs = Number.NaN;
  #text = '';

  /** Asked several times for each payment: the text of a millisecond is made once. */
  override now(): string {
    const nowMs = Date.now();
    if (nowMs !== this.#atMs) {
      this.#atMs = nowMs;
      this.#text = new Date(nowMs).toISOString();
    }
    return this.#text;
  }

  override monotonicMs(): number {
    return performance.now();
  }
}
