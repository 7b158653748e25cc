import { DecorrelatedJitter } from '../gateways/resilience/decorrelated-jitter.js';
import type { Chance } from '../platform/chance.js';

export const ASK_FIRST_PAUSE_MS = 500;
const CROWD_PAUSES = { firstMs: ASK_FIRST_PAUSE_MS, maxMs: 5_000 };
/** After so many refused sends nothing is sent any more; asked once a minute, an operator must look. */
const REFUSED_SENDS_MAX = 20;
/** Some four minutes of questions, with the pauses of the default configuration. */
const TOLD_AFTER_ASKS = 20;
const HOPELESS_PAUSE_MS = 60_000;

interface Asking {
  readonly asks: number;
  /** Sends again that a 4xx answered: no word. */
  readonly refusedSends: number;
  /** Questions that brought no word at all. */
  readonly inVain: number;
}

const NOT_ASKED: Asking = { asks: 0, refusedSends: 0, inVain: 0 };

/** How often each payment was asked about in vain, by this process, and how long to wait until the next question. */
export class AskingPauses {
  readonly #asking = new Map<string, Asking>();

  constructor(private readonly pauseMaxMs: number) {}

  /** Counts a question without an answer. Doubles from ASK_FIRST_PAUSE_MS on. */
  nextMs(paymentId: string): number {
    const asking = this.#of(paymentId);
    const { asks, refusedSends } = asking;
    this.#asking.set(paymentId, { ...asking, asks: asks + 1 });
    if (refusedSends >= REFUSED_SENDS_MAX) return HOPELESS_PAUSE_MS;
    return Math.min(ASK_FIRST_PAUSE_MS * 2 ** asks, this.pauseMaxMs);
  }

  countRefusedSend(paymentId: string): void {
    const asking = this.#of(paymentId);
    this.#asking.set(paymentId, { ...asking, refusedSends: asking.refusedSends + 1 });
  }

  /** Counts a question that brought no word; true the one time that an operator should hear of it. */
  countInVain(paymentId: string): boolean {
    const asking = this.#of(paymentId);
    this.#asking.set(paymentId, { ...asking, inVain: asking.inVain + 1 });
    return asking.inVain === TOLD_AFTER_ASKS;
  }

  isHopeless(paymentId: string): boolean {
    return this.#of(paymentId).refusedSends >= REFUSED_SENDS_MAX;
  }

  forget(paymentId: string): void {
    this.#asking.delete(paymentId);
  }

  #of(paymentId: string): Asking {
    return this.#asking.get(paymentId) ?? NOT_ASKED;
  }
}

/** Until a question that our own limits held back may be put again. */
export function pauseOfCrowd(chance: Chance): number {
  return new DecorrelatedJitter(CROWD_PAUSES, chance).nextMs();
}
