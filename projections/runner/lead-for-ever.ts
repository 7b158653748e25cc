import { setTimeout as pause } from 'node:timers/promises';
import type { Queryable } from '../../libs/platform/queryable.js';
import { acquireLease, type Lease, type LeaseOptions } from './lease.js';

export interface Leadership {
  readonly pool: Queryable;
  readonly lease: LeaseOptions;
  readonly signal: AbortSignal;
  /** Done without the lease, before each time that it is asked for. */
  readonly first?: () => Promise<void>;
  /** The pause after a stumble, doubled by each further one. */
  readonly backOff: { readonly minMs: number; readonly maxMs: number };
  /** A leader that has led for this long is well; one that stumbles sooner again and again, on a full disk say, is not. */
  readonly settledMs: number;
  /** Told when the leader is well, and of each answer that another process leads: who stands by is as well. */
  readonly onWell?: () => void;
  readonly onStumble: (error: unknown, backOffMs: number) => void;
}

/**
 * Does the work whenever this process holds the lease, until the signal; stands by while another holds it. Work that
 * ends or throws is begun anew, under a new lease.
 */
export async function leadForEver(
  leadership: Leadership,
  work: (lease: Lease) => Promise<void>,
): Promise<void> {
  const { pool, signal, backOff, settledMs } = leadership;
  let backOffMs = backOff.minMs;
  const isWell = () => {
    backOffMs = backOff.minMs;
    leadership.onWell?.();
  };
  while (!signal.aborted) {
    try {
      await leadership.first?.();
      const lease = await acquireLease(pool, { ...leadership.lease, onStandby: isWell }, signal);
      const settled = setTimeout(isWell, settledMs);
      try {
        await work(lease);
      } finally {
        clearTimeout(settled);
        await lease.release();
      }
    } catch (error) {
      if (signal.aborted) return;
      leadership.onStumble(error, backOffMs);
      await pause(backOffMs, undefined, { signal }).catch(() => undefined);
      backOffMs = Math.min(backOffMs * 2, backOff.maxMs);
    }
  }
}
