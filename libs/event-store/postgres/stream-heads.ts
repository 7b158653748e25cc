import type pg from 'pg';
import type { StreamHead } from '../event-store.js';

const PAGE_MAX = 5_000;

/** Every stream with the head that appends go by, in pages; a witness of the events beside them. */
export async function* storedHeads(
  pool: pg.Pool,
): AsyncGenerator<readonly (StreamHead & { readonly stream: string })[]> {
  for (let after = ''; ;) {
    const { rows } = await pool.query<{ stream: string; revision: number; hash: string }>(
      `select stream, revision, hash from event_store.streams
        where stream > $1 order by stream limit ${PAGE_MAX}`,
      [after],
    );
    yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_MAX) return;
    after = last.stream;
  }
}
