import type pg from 'pg';
import { waitWithoutBound } from '../../libs/platform/postgres.js';
import { versionTable, type Projection } from './projection.js';
import { holdConnection } from './transaction.js';

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
  const { client, release } = await holdConnection(pool);
  const boundAgain = waitWithoutBound(client);
  let broken = true;
  try {
    for (const table of tables) {
      await client.query('begin');
      await client.query('set local statement_timeout = 0');
      await client.query(`analyze ${versionTable(table, version)}`);
      await client.query('commit');
    }
    broken = false;
  } finally {
    boundAgain();
    release(broken);
  }
}
