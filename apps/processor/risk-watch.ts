import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { Position, RecordedEvent } from '../../libs/event-store/event-store.js';
import type { LaterLook } from '../../libs/orchestration/later-risk.js';
import { paymentIdOf } from '../../libs/payments/payment.stream.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import type { Logger } from '../../libs/platform/logging.js';
import type { Statement } from '../../projections/runner/projection.js';
import { textColumns } from '../../libs/platform/binary-arrays.js';

/** An authorization that risk is to look at. */
export interface WatchedAuthorization {
  readonly paymentId: string;
  readonly position: Position;
}

/** The authorizations of before and of a page, without those captured in it: no alarm gives back what is captured. */
export function authorizationsIn(
  events: readonly RecordedEvent[],
  before: readonly WatchedAuthorization[],
): readonly WatchedAuthorization[] {
  const watched = new Map(before.map((one) => [one.paymentId, one]));
  for (const { type, stream, position } of events) {
    const paymentId = paymentIdOf(stream);
    if (type === 'AuthorizationApproved') watched.set(paymentId, { paymentId, position });
    if (type === 'CaptureApproved') watched.delete(paymentId);
  }
  return [...watched.values()];
}

/** Written in the checkpoint's transaction, so that none is missed. A later authorization begins anew. */
export function noteAuthorizations(watched: readonly WatchedAuthorization[]): Statement {
  return {
    name: 'note-authorizations',
    text: `insert into risk_watch as row (payment_id, position)
           select * from unnest($1::text[], $2::text[])
           on conflict (payment_id) do update
             set position = excluded.position, since = now(), due_at = now(), asks = 0
             where row.position < excluded.position`,
    values: textColumns(
      watched.map(({ paymentId, position }) => [paymentId, position]),
      2,
    ),
  };
}

export interface RiskWatch {
  readonly pool: pg.Pool;
  readonly look: (paymentId: string) => Promise<LaterLook>;
  /** Whether the counts hold everything up to the position. */
  readonly counted: (position: Position) => Promise<boolean>;
  /** For how long a payment is looked at again. */
  readonly watchS: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const POLL_INTERVAL_MS = 500;
const ROWS_MAX = 32;
/** Pause after a look that settled nothing; doubled each time up to the most. */
const AGAIN_MIN_S = 0.5;
const AGAIN_MAX_S = 60;
/** Looks come further and further apart: at twice the age of the last one. */
const LOOK_AGAIN_MIN_S = 5;

/** Looks at authorized payments until the signal, each at its times. */
export async function watchRisk(watch: RiskWatch): Promise<void> {
  const { pool, signal } = watch;
  while (!signal.aborted) {
    const { rows } = await pool.query<WatchRow>(DUE, [ROWS_MAX]);
    if (rows.length > 0) crashPoint('risk-watch-read');
    await Promise.all(rows.map((row) => lookAt(watch, row)));
    if (rows.length > 0) continue;
    await pause(POLL_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}

interface WatchRow {
  readonly payment_id: string;
  readonly position: Position;
  readonly asks: number;
}

async function lookAt(watch: RiskWatch, row: WatchRow): Promise<void> {
  const { pool, logger, watchS } = watch;
  const own = [row.payment_id, row.position];
  let look: LaterLook;
  try {
    look = (await watch.counted(row.position)) ? await watch.look(row.payment_id) : 'unsettled';
  } catch (error) {
    logger.error({ err: error, paymentId: row.payment_id }, 'could not look at a payment again');
    look = 'unsettled';
  }
  switch (look) {
    case 'over':
      await pool.query(DROP, own);
      return;
    case 'unsettled': {
      const againS = Math.min(AGAIN_MIN_S * 2 ** row.asks, AGAIN_MAX_S);
      await pool.query(ASK_AGAIN, [...own, againS]);
      return;
    }
    case 'fine':
    case 'raised':
      await pool.query(DROP_AGED, [...own, watchS]);
      await pool.query(LOOK_AGAIN, [...own, LOOK_AGAIN_MIN_S]);
  }
}

const DUE = `
  select payment_id, position, asks from risk_watch
   where due_at <= now() order by due_at limit $1`;

const OWN_ROW = `payment_id = $1 and position = $2`;
const DROP = `delete from risk_watch where ${OWN_ROW}`;
const DROP_AGED = `${DROP} and since + make_interval(secs => $3::float8) <= now()`;
const ASK_AGAIN = `
  update risk_watch set due_at = now() + make_interval(secs => $3::float8), asks = asks + 1
   where ${OWN_ROW}`;
const LOOK_AGAIN = `
  update risk_watch set due_at = now() + greatest(now() - since, make_interval(secs => $3::float8)), asks = 0
   where ${OWN_ROW}`;
