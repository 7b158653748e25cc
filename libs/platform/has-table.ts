import type { Queryable } from './queryable.js';

/** Whether a table or view of the name is there for this connection: another process may never have run here. */
export async function hasTable(pool: Queryable, name: string): Promise<boolean> {
  const { rows } = await pool.query<{ there: boolean }>(
    'select to_regclass($1) is not null as there',
    [name],
  );
  return rows[0]?.there === true;
}
