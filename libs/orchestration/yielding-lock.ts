import { DecorrelatedJitter } from '../gateways/resilience/decorrelated-jitter.js';
import type { PaymentLock } from '../locking/payment-lock.js';
import type { Chance } from '../platform/chance.js';

/** So often in a row the processor lets a holder of the lock go first. */
const YIELDS_MAX = 3;
const PAYMENTS_MAX = 10_000;
const YIELD_PAUSES = { firstMs: 100, maxMs: 1_000 };

export type Yielded<T> =
  | { readonly ran: true; readonly value: T }
  | { readonly ran: false; readonly againAfterMs: number };

/**
 * The lock as the processor uses it: whoever holds a payment goes first, but not for ever. A process that hangs keeps
 * its lock, and its payments must go on.
 */
export class YieldingLock {
  readonly #yields = new Map<string, number>();

  constructor(
    private readonly lock: PaymentLock,
    private readonly chance: Chance,
  ) {}

  /** `impatient`: the holder was waited for long enough already. */
  async run<T>(key: string, impatient: boolean, work: () => Promise<T>): Promise<Yielded<T>> {
    const done = await this.lock.withLock(
      key,
      async () => ({ ran: true, value: await work() }) as const,
    );
    const yields = this.#yields.get(key) ?? 0;
    if (done === 'busy' && !impatient && yields < YIELDS_MAX) {
      if (this.#yields.size >= PAYMENTS_MAX) this.#yields.clear();
      this.#yields.set(key, yields + 1);
      return {
        ran: false,
        againAfterMs: new DecorrelatedJitter(YIELD_PAUSES, this.chance).nextMs(),
      };
    }
    this.#yields.delete(key);
    return done === 'busy' ? { ran: true, value: await work() } : done;
  }
}
