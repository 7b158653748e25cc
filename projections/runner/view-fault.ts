import type pg from 'pg';
import { liveVersion } from './catalog.js';
import { versionTable, type Projection } from './projection.js';

const TRIES_MAX = 3;
const EXPECTED = 'pg_temp.view_as_it_should_be';

/**
 * Readers see the live version by a view: rows are of no use where that shows something else. The connection must find
 * temporary tables first. Null: it is as it should be.
 */
export async function viewFault(
  client: pg.PoolClient,
  projection: Projection,
): Promise<string | null> {
  const [view] = projection.tables;
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const live = await liveVersion(client, projection.name);
    if (live === undefined) return null;
    const table = versionTable(view, live.version);
    const { rows: there } = await client.query<{ there: boolean }>(
      `select to_regclass($1) is not null as there`,
      [table],
    );
    if (there[0]?.there !== true) return `${table}, which readers should see, is gone`;
    await client.query(`create view ${EXPECTED} as select * from ${table}`);
    const { rows } = await client.query<{ shown: string | null; expected: string }>(
      `select pg_get_viewdef(to_regclass($1)) as shown, pg_get_viewdef('${EXPECTED}'::regclass) as expected`,
      [view],
    );
    await client.query(`drop view ${EXPECTED}`);
    const [defined] = rows;
    if (defined?.shown === defined?.expected) return null;
    // It may have been pointed to another version just now.
    const after = await liveVersion(client, projection.name);
    if (after?.version !== live.version) continue;
    return `the view ${view}, by which readers see it, does not show ${table} as it is`;
  }
  return null;
}
