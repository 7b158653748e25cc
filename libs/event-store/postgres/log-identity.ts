import type pg from 'pg';

/** This database is not the one in which the log was made, or it is an older state of it. */
export class LogIdentityMismatch extends Error {
  readonly code = 'LOG_IDENTITY_MISMATCH';
}

interface LogRow {
  readonly id: string;
  readonly identity: string;
  readonly here: string;
  readonly behind: boolean;
}

/**
 * The log's id, once it is sure that new events will stand behind all that are stored: a copy restored into another
 * cluster counts its transactions from elsewhere, so new events could come before old ones.
 * @throws LogIdentityMismatch
 */
export async function checkedLogId(client: pg.ClientBase | pg.Pool): Promise<string> {
  const { rows } = await client.query<LogRow>(`
    select id, identity, event_store.cluster_identity() as here,
      pg_snapshot_xmax(pg_current_snapshot())::text::bigint + transaction_offset <=
        coalesce((select max(transaction) from event_store.events), 0) as behind
    from event_store.log`);
  const log = rows[0];
  if (log === undefined) throw new LogIdentityMismatch(sentence('holds a log without a name'));
  if (!sameCluster(log.identity, log.here)) {
    throw new LogIdentityMismatch(sentence('holds a copy of a log that was made elsewhere'));
  }
  if (log.behind) {
    throw new LogIdentityMismatch(
      sentence('counts its transactions from below those of the stored log'),
    );
  }
  return log.id;
}

/**
 * Makes a restored copy a log of its own: a new id (positions and checkpoints of the old one no longer fit), bound to
 * this cluster, new events behind all old ones. No other process may use the log meanwhile. Gives the new id.
 */
export async function adoptLog(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(`
    update event_store.log set
      id = 'log_' || left(replace(gen_random_uuid()::text, '-', ''), 12),
      identity = event_store.cluster_identity(),
      transaction_offset = greatest(
        transaction_offset,
        coalesce((select max(transaction) from event_store.events), 0) + 1 -
          pg_snapshot_xmin(pg_current_snapshot())::text::bigint
      )
    returning id`);
  const id = rows[0]?.id;
  if (id === undefined) throw new LogIdentityMismatch(sentence('holds a log without a name'));
  return id;
}

/** `<system identifier>/<database>`; where a server doesn't tell the first (`?`), the second has to do. */
function sameCluster(stored: string, here: string): boolean {
  const [storedCluster, storedDatabase] = stored.split('/');
  const [cluster, database] = here.split('/');
  const told = storedCluster !== '?' && cluster !== '?';
  return storedDatabase === database && (!told || storedCluster === cluster);
}

function sentence(what: string): string {
  return (
    `DATABASE_URL leads to a database that ${what}; ` +
    'if it is a restored copy that shall live on as a log of its own, run `tillstream doctor --adopt`.'
  );
}
