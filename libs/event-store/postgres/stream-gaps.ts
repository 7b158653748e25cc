import type pg from 'pg';

/** Streams that are told. */
const GAPS_MAX = 20;

/** Streams whose revisions are not 0, 1, 2 ..., by counting alone: no event is read. */
export async function streamsWithGaps(
  pool: pg.Pool,
): Promise<readonly { readonly stream: string; readonly events: number; readonly last: number }[]> {
  const { rows } = await pool.query<{ stream: string; events: number; last: number }>(
    `select stream, count(*)::integer as events, max(revision) as last
       from event_store.events group by stream
      having count(*) <> max(revision) + 1 or min(revision) <> 0
      order by stream limit ${GAPS_MAX}`,
  );
  return rows;
}
