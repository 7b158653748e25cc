import type { PaymentContinuation } from '../../libs/orchestration/payment-continuation.js';
import type { Clock } from '../../libs/platform/clock.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import type { Logger } from '../../libs/platform/logging.js';
import type { DuePayments, DueRow } from './due-payments.js';
import type { FirstSeen } from './first-seen.js';

export interface DueWork {
  readonly due: Pick<DuePayments, 'dueNow' | 'postpone' | 'settle'>;
  readonly clock: Clock;
  readonly continuation: Pick<PaymentContinuation, 'continue'>;
  /** A running payment is taken over so long after this process first saw its latest event. */
  readonly takeOverAfterMs: number;
  readonly seen: FirstSeen;
  readonly logger: Pick<Logger, 'error'>;
  readonly signal: AbortSignal;
}

const POLL_INTERVAL_MS = 200;
const ROWS_MAX = 64;
/** A payment that can't be continued for a reason of its own is put off, and does not hold up the others. */
const STUMBLE_PAUSE_MS = 5_000;

/** Continues the payments whose time has come, many at once, until the signal. */
export async function workOffDue(work: DueWork): Promise<void> {
  const inWork = new Map<string, Promise<void>>();
  let broken: unknown;
  while (!work.signal.aborted) {
    // Rows in work stay due: were they put off, a crash would leave them lying.
    const rows = inWork.size < ROWS_MAX ? await work.due.dueNow(ROWS_MAX + inWork.size) : [];
    for (const row of rows) {
      if (inWork.has(row.paymentId) || inWork.size >= ROWS_MAX) continue;
      const done = workOff(work, row)
        .catch((error: unknown) => {
          broken = error;
        })
        .finally(() => inWork.delete(row.paymentId));
      inWork.set(row.paymentId, done);
    }
    await work.clock.pause(POLL_INTERVAL_MS, work.signal);
    if (broken !== undefined) break;
  }
  await Promise.all(inWork.values());
  if (broken !== undefined) throw broken;
}

async function workOff(work: DueWork, row: DueRow): Promise<void> {
  const { due, seen } = work;
  crashPoint('due-row-read');
  if (row.kind === 'running') {
    // Another clock wrote the row: only our own monotonic one tells how long nothing came.
    const waitMs = work.takeOverAfterMs - seen.ageMs(row);
    if (waitMs > 0) return await due.postpone(row, waitMs);
  }
  seen.forget(row.paymentId);
  let continued;
  try {
    continued = await work.continuation.continue(row.paymentId, quietAt(row));
  } catch (error) {
    work.logger.error({ err: error, paymentId: row.paymentId }, 'could not continue a payment');
    return await due.postpone(row, STUMBLE_PAUSE_MS);
  }
  crashPoint('payment-continued');
  const never = { revision: row.revision, continuation: { next: 'never' } } as const;
  if (continued?.continuation.next === 'running') {
    seen.add({ paymentId: row.paymentId, revision: continued.revision });
  }
  await due.settle(row, continued ?? never, work.clock.now());
}

/** The revision behind which nothing came for as long as a runner may take; null: nobody waited for that. */
function quietAt(row: DueRow): number | null {
  return row.kind === 'running' ? row.revision : null;
}
