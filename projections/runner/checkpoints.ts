import { hasTable } from '../../libs/platform/has-table.js';
import type { Queryable } from '../../libs/platform/queryable.js';

/** Where each version of each read model says that it stands; retired ones aside. Empty where none was ever built. */
export async function readCheckpoints(
  pool: Queryable,
): Promise<
  readonly { readonly name: string; readonly logId: string; readonly position: string }[]
> {
  if (!(await hasTable(pool, 'projection_versions'))) return [];
  const { rows } = await pool.query<{
    name: string;
    version: number;
    log_id: string;
    position: string;
  }>(
    `select name, version, log_id, position from projection_versions
      where state <> 'retired' order by name, version`,
  );
  return rows.map((row) => ({
    name: `read model ${row.name}, version ${row.version},`,
    logId: row.log_id,
    position: row.position,
  }));
}
