import type { Queryable } from '../../libs/platform/queryable.js';

/** Longer than any pause before a payment is asked about, taken over or tried again. */
const PAUSE_MAX_S = 120;
/** In one statement, so that none writes for long. */
const ROWS_MAX = 5_000;

/**
 * After Postgres' clock was set back: what was to be due soon is due at once, and does not wait until the clock has come
 * there again. What turns out not to be due yet is put off anew.
 */
export async function bringForwardAfterSetBack(pool: Queryable, setBackS: number): Promise<void> {
  for (const text of [DUE_PAYMENTS, RISK_WATCH]) {
    let rows;
    do {
      ({ rows } = await pool.query(text, [setBackS + PAUSE_MAX_S, ROWS_MAX]));
    } while (rows.length === ROWS_MAX);
  }
}

const SOON = `where due_at > now() and due_at <= now() + make_interval(secs => $1::float8) limit $2`;

const DUE_PAYMENTS = `
  update due_payments set due_at = now()
   where payment_id in (select payment_id from due_payments ${SOON})
  returning payment_id`;

const RISK_WATCH = `
  update risk_watch set due_at = now()
   where payment_id in (select payment_id from risk_watch ${SOON})
  returning payment_id`;
