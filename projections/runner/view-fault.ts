import type pg from 'pg';
import { hasTable } from '../../libs/platform/has-table.js';
import { liveVersion } from './catalog.js';
import { versionTable, type Projection } from './projection.js';

const TRIES_MAX = 3;
const EXPECTED = 'pg_temp.view_as_it_should_be';

/**
 * Readers see the live version by views: rows are of no use where one shows something else. The connection must find
 * temporary tables first. Null: they are as they should be.
 */
export async function viewFault(
  client: pg.PoolClient,
  { name, tables }: Projection,
): Promise<string | null> {
  if (!(await hasTable(client, 'projection_versions'))) return null;
  const told = await toldFault(client, name);
  if (told !== null) return told;
  for (const view of tables) {
    const fault = await faultOf(client, name, view);
    if (fault !== null) return fault;
  }
  return null;
}

/** What tells readers how far their rows have come. One statement, as a switch moves both at once. */
async function toldFault(client: pg.PoolClient, name: string): Promise<string | null> {
  const { rows } = await client.query<{ active: number; live: number | null }>(
    `select p.active_version as active, v.version as live
       from projections p left join projection_versions v on v.name = p.name and v.state = 'live'
      where p.name = $1`,
    [name],
  );
  const [row] = rows;
  if (row === undefined || row.live === row.active) return null;
  return row.live === null
    ? `readers are told of version ${row.active}, and none is live`
    : `readers are told of version ${row.active}, the live one is ${row.live}`;
}

async function faultOf(client: pg.PoolClient, name: string, view: string): Promise<string | null> {
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const live = await liveVersion(client, name);
    if (live === undefined) return await strayView(client, view);
    const table = versionTable(view, live.version);
    if (!(await hasTable(client, table))) return `${table}, which readers should see, is gone`;
    await client.query(`create view ${EXPECTED} as select * from ${table}`);
    const { rows } = await client.query<{ shown: string | null; expected: string }>(
      `select pg_get_viewdef(to_regclass($1)) as shown, pg_get_viewdef('${EXPECTED}'::regclass) as expected`,
      [view],
    );
    await client.query(`drop view ${EXPECTED}`);
    const [defined] = rows;
    if (defined?.shown === defined?.expected) return null;
    // It may have been pointed to another version just now.
    const after = await liveVersion(client, name);
    if (after?.version !== live.version) continue;
    return `the view ${view}, by which readers see it, does not show ${table} as it is`;
  }
  return null;
}

async function strayView(client: pg.PoolClient, view: string): Promise<string | null> {
  const isThere = await hasTable(client, view);
  return isThere ? `readers see the view ${view}, and no version is live` : null;
}
