import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { EventStore, Position } from '../../libs/event-store/event-store.js';
import { toldOf, type Told } from '../../libs/orchestration/hooks/after-subjects.js';
import type { PaymentHooks } from '../../libs/orchestration/hooks/payment-hooks.js';
import { PAYMENT_STREAM_PREFIX } from '../../libs/payments/payment.stream.js';
import { crashPoint } from '../../libs/platform/crash-points.js';

export interface HookFollowing {
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly hooks: PaymentHooks;
  readonly signal: AbortSignal;
}

const PAGE_EVENTS_MAX = 200;
const TOLD_AT_ONCE_MAX = 16;
const NOTE_INTERVAL_MS = 150;

/**
 * Tells hooks what happened, beside everything else that the processor does: a slow hook holds up only hooks. Begins at
 * the end that the log had when it first ran; its place moves once a whole page was told.
 */
export async function followWithHooks({
  pool,
  store,
  hooks,
  signal,
}: HookFollowing): Promise<void> {
  const filter = { streamPrefixes: [PAYMENT_STREAM_PREFIX] };
  const options = { filter, batchMax: PAGE_EVENTS_MAX, signal };
  for await (const page of store.subscribeAll(await placeIn(pool, store), options)) {
    const told = page.events.flatMap(toldOf);
    for (let from = 0; from < told.length && !signal.aborted; from += TOLD_AT_ONCE_MAX) {
      await tellAll(hooks, told.slice(from, from + TOLD_AT_ONCE_MAX));
    }
    if (signal.aborted) return;
    crashPoint('hooks-told');
    await pool.query('update hook_checkpoint set position = $1', [page.position]);
    if (page.atEnd) await pause(NOTE_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function tellAll(hooks: PaymentHooks, told: readonly Told[]): Promise<void> {
  await Promise.all(told.map(({ operation, subject }) => hooks.tell(operation, subject)));
}

async function placeIn(pool: pg.Pool, store: EventStore): Promise<Position> {
  await pool.query('insert into hook_checkpoint (position) values ($1) on conflict do nothing', [
    await store.head(),
  ]);
  const { rows } = await pool.query<{ position: Position }>('select position from hook_checkpoint');
  const [row] = rows;
  if (row === undefined) throw new Error('the place of hooks in the log is gone');
  return row.position;
}
