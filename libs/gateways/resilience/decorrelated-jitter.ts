import { decorrelatedJitterGenerator, ExponentialBackoff, type IBackoff } from 'cockatiel';

/** Pauses that grow from about `firstMs`, never shorter than half of it, never longer than `maxMs`. */
export interface JitterSettings {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * The pauses between tries of one thing. Random within a growing range, so that those who failed together don't come
 * back together.
 */
export class DecorrelatedJitter {
  #backoff: IBackoff<unknown> | null = null;
  readonly #factory: ExponentialBackoff<[number, number]>;

  constructor(private readonly settings: JitterSettings) {
    this.#factory = new ExponentialBackoff({
      generator: decorrelatedJitterGenerator,
      initialDelay: settings.firstMs,
      maxDelay: settings.maxMs,
    });
  }

  /** The next pause in whole ms. */
  nextMs(): number {
    this.#backoff = this.#backoff === null ? this.#factory.next() : this.#backoff.next(undefined);
    const { firstMs, maxMs } = this.settings;
    return Math.round(Math.min(maxMs, Math.max(firstMs / 2, this.#backoff.duration)));
  }

  /** Begins anew: it worked. */
  reset(): void {
    this.#backoff = null;
  }
}
