import type pg from 'pg';
import { LOG_START } from '../event-store/event-store.js';
import { ConfigError } from '../platform/config.js';
import { hasTable } from '../platform/has-table.js';

/**
 * Makes the processor's checkpoint where there is none.
 * @throws ConfigError when it is of another log: a position in one means nothing in the other
 */
export async function ensureProcessorCheckpoint(pool: pg.Pool, logId: string): Promise<void> {
  await pool.query(
    `insert into processor_checkpoint (log_id, position) values ($1, $2) on conflict do nothing`,
    [logId, LOG_START],
  );
  const { rows } = await pool.query<{ log_id: string }>(`select log_id from processor_checkpoint`);
  const known = rows[0]?.log_id;
  if (known === logId) return;
  throw new ConfigError([
    `The processor's checkpoint at DATABASE_URL is of the log ${known}, but the event store ` +
      `(EVENTSTORE_URL, or else DATABASE_URL) holds ${logId}.`,
  ]);
}

/** After the log was adopted under a new id: the checkpoint was restored together with it and takes the new name. */
export async function adoptProcessorCheckpoint(pool: pg.Pool, logId: string): Promise<void> {
  if (!(await hasTable(pool, 'processor_checkpoint'))) return;
  await pool.query('update processor_checkpoint set log_id = $1', [logId]);
}

/** Where the processor stands; null where none has run on this database. */
export async function readProcessorCheckpoint(
  pool: pg.Pool,
): Promise<{ readonly logId: string; readonly position: string } | null> {
  if (!(await hasTable(pool, 'processor_checkpoint'))) return null;
  const { rows } = await pool.query<{ log_id: string; position: string }>(
    'select log_id, position from processor_checkpoint',
  );
  const [row] = rows;
  return row === undefined ? null : { logId: row.log_id, position: row.position };
}

/** Which of these payments the processor has noted to look at. */
export async function readDuePayments(
  pool: pg.Pool,
  paymentIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ payment_id: string }>(
    'select payment_id from due_payments where payment_id = any($1::text[])',
    [paymentIds],
  );
  return new Set(rows.map((row) => row.payment_id));
}
