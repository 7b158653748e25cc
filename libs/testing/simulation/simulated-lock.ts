import { PaymentLock } from '../../locking/payment-lock.js';
import type { Life } from './simulated-node.js';

/** Who holds which key, for all processes. */
export type Holders = Map<string, Life>;

/** A lock that now and then lets two in, as a lease that ran out does. */
export class SimulatedLock extends PaymentLock {
  constructor(
    private readonly life: Life,
    private readonly holders: Holders,
  ) {
    super();
  }

  override async withLock<T>(key: string, work: () => Promise<T>): Promise<T | 'busy'> {
    const { life, holders } = this;
    const holder = holders.get(key);
    const held = holder !== undefined && holder.isAlive;
    if (held && !life.world.faults.strikes('lock_held_twice', 3)) return 'busy';
    holders.set(key, life);
    try {
      return await work();
    } finally {
      if (holders.get(key) === life) holders.delete(key);
    }
  }

  override async close(): Promise<void> {
    // Nothing to let go of.
  }
}
