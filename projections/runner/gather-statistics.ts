import type pg from 'pg';
import { withConnection, withoutTimeouts } from '../../libs/platform/held-connection.js';
import { versionTable, type Projection } from './projection.js';

/**
 * For the plans of a version's readers: of tables that were just filled Postgres knows nothing until autovacuum comes by,
 * and reads them whole for a few rows. Takes a sample, however large a table is, and holds up no reader of the log: its
 * transactions write only at their ends.
 */
export async function gatherStatistics(
  pool: pg.Pool,
  { tables }: Pick<Projection, 'tables'>,
  version: number,
): Promise<void> {
  await withConnection(pool, (client) =>
    withoutTimeouts(client, async () => {
      for (const table of tables) await client.query(`analyze ${versionTable(table, version)}`);
    }),
  );
}
