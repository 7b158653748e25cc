import { SYSTEM_CHANCE, type Chance } from '../../platform/chance.js';

/** Pauses that grow from about `firstMs`, never shorter than half of it, never longer than `maxMs`. */
export interface JitterSettings {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Makes the middle of the first pause about `firstMs`. */
const SCALE = 1 / 1.4;

/**
 * The pauses between tries of one thing. Random within a growing range, so that those who failed together don't come
 * back together. The growing range is that of Polly's DecorrelatedJitterBackoffV2.
 */
export class DecorrelatedJitter {
  #tries = 0;
  #reached = 0;

  constructor(
    private readonly settings: JitterSettings,
    private readonly chance: Pick<Chance, 'fraction'> = SYSTEM_CHANCE,
  ) {}

  /** The next pause in whole ms. */
  nextMs(): number {
    const { firstMs, maxMs } = this.settings;
    const place = this.#tries + this.chance.fraction();
    const reaches = 2 ** place * Math.tanh(Math.sqrt(4 * place));
    const pauseMs = Number.isFinite(reaches) ? (reaches - this.#reached) * SCALE * firstMs : maxMs;
    this.#tries += 1;
    this.#reached = reaches;
    return Math.round(Math.min(maxMs, Math.max(firstMs / 2, pauseMs)));
  }

  /** Begins anew: it worked. */
  reset(): void {
    this.#tries = 0;
    this.#reached = 0;
  }
}
