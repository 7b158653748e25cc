import type pg from 'pg';
import { LOG_START, type Position } from '../../libs/event-store/event-store.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import { hasTable } from '../../libs/platform/has-table.js';
import { inTransaction } from '../../libs/platform/held-connection.js';
import type { Queryable } from '../../libs/platform/queryable.js';
import { versionTable, type Projection } from './projection.js';

/** The checkpoint of one version of a read model. */
export interface ProjectionVersion {
  readonly version: number;
  readonly schemaVersion: number;
  readonly state: 'building' | 'refused' | 'live' | 'retired';
  readonly logId: string;
  readonly position: Position;
  /** Of the lease under which it is written. */
  readonly token: string;
  readonly paused: boolean;
}

/** The read models belong to another log than the one that is followed. */
export class ForeignLog extends Error {
  readonly code = 'FOREIGN_LOG';
}

/** How long readers or writers may hold up a change of tables before it steps back and tries again. */
const TABLE_LOCK_TIMEOUT_MS = 150;

/** Makes the first version of a read model that was never built here. Safe to run by several processes at once. */
export async function ensureFirstVersion(
  pool: pg.Pool,
  projection: Projection,
  logId: string,
): Promise<void> {
  await inTransaction(pool, async (client) => {
    // A second process waits here until the first has made the version or given up.
    const made = await client.query(
      `insert into projections (name, active_version, versions_made) values ($1, 1, 1)
       on conflict (name) do nothing returning name`,
      [projection.name],
    );
    if (made.rowCount === 0) return;
    await addVersion(client, projection, { version: 1, state: 'live', logId });
    await pointViews(client, projection, 1);
    crashPoint('first-version-uncommitted');
  });
}

/** A new version with empty tables, to be built beside the live one. */
export async function makeNextVersion(
  pool: pg.Pool,
  projection: Projection,
  logId: string,
): Promise<ProjectionVersion> {
  const version = await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ version: number }>(
      `update projections set versions_made = versions_made + 1 where name = $1
       returning versions_made as version`,
      [projection.name],
    );
    const next = rows[0]?.version;
    if (next === undefined) throw new Error(`${projection.name} has no first version`);
    await addVersion(client, projection, { version: next, state: 'building', logId });
    return next;
  });
  const made = (await versionsOf(pool, projection.name)).find((row) => row.version === version);
  if (made === undefined) throw new Error(`${projection.name} version ${version} is gone`);
  return made;
}

/** All versions that are there, oldest first. */
export async function versionsOf(
  pool: Queryable,
  name: string,
): Promise<readonly ProjectionVersion[]> {
  const { rows } = await pool.query<StoredVersion>(`${SELECT} where name = $1 order by version`, [
    name,
  ]);
  return rows.map(versionOf);
}

/** The version that readers see; undefined before the first one was made. */
export async function liveVersion(
  pool: Queryable,
  name: string,
): Promise<ProjectionVersion | undefined> {
  const { rows } = await pool.query<StoredVersion>(`${SELECT} where name = $1 and state = 'live'`, [
    name,
  ]);
  return rows[0] === undefined ? undefined : versionOf(rows[0]);
}

/** Those whose readers still see the version of an older release. */
export async function outdatedOf(
  pool: Queryable,
  projections: readonly Projection[],
): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select live.name from projection_versions live
       join unnest($1::text[], $2::integer[]) as code (name, schema_version) using (name)
      where live.state = 'live' and live.schema_version < code.schema_version order by live.name`,
    [projections.map(({ name }) => name), projections.map((one) => one.schemaVersion)],
  );
  return rows.map(({ name }) => name);
}

/**
 * Makes the holder of the token the only writer of the version: writers with an older token find it changed.
 * Undefined where a newer token was there first, or the version is gone.
 */
export async function claimVersion(
  pool: Queryable,
  name: string,
  claim: { readonly version: number; readonly token: string },
): Promise<ProjectionVersion | undefined> {
  const { rows } = await pool.query<StoredVersion>(
    `update projection_versions set fencing_token = $3
      where name = $1 and version = $2 and fencing_token <= $3
      returning ${COLUMNS}`,
    [name, claim.version, claim.token],
  );
  return rows[0] === undefined ? undefined : versionOf(rows[0]);
}

/** @throws ForeignLog with a sentence when a checkpoint of the name is of another log */
export async function assertSameLog(pool: Queryable, name: string, logId: string): Promise<void> {
  const foreign = (await versionsOf(pool, name)).find(
    (row) => row.state !== 'retired' && row.logId !== logId,
  );
  if (foreign === undefined) return;
  throw new ForeignLog(
    `The read model ${name} at DATABASE_URL was built from the log ${foreign.logId}, but the event store ` +
      `(EVENTSTORE_URL, or else DATABASE_URL) holds ${logId}: a position in one means nothing in the other.`,
  );
}

/**
 * After the log was adopted under a new id: positions in it mean what they meant, and the checkpoints were restored
 * together with it, so they only take the new name.
 */
export async function adoptCheckpoints(pool: Queryable, logId: string): Promise<void> {
  if (!(await hasTable(pool, 'projection_versions'))) return;
  await pool.query('update projection_versions set log_id = $1', [logId]);
}

/** Drops the versions that were replaced longer ago than the grace time. */
export async function dropRetired(
  pool: pg.Pool,
  projection: Projection,
  graceMs: number,
): Promise<void> {
  const { rows } = await pool.query<{ version: number }>(
    `select version from projection_versions where name = $1 and state = 'retired'
        and retired_at <= now() - make_interval(secs => $2::float8 / 1000)`,
    [projection.name, graceMs],
  );
  for (const { version } of rows) await dropVersion(pool, projection, version);
}

/** Drops the version's tables and its checkpoint. */
export async function dropVersion(
  pool: pg.Pool,
  projection: Projection,
  version: number,
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(`set local lock_timeout = ${TABLE_LOCK_TIMEOUT_MS}`);
    for (const table of projection.tables) {
      await client.query(`drop table if exists ${versionTable(table, version)}`);
    }
    await client.query('delete from projection_versions where name = $1 and version = $2', [
      projection.name,
      version,
    ]);
    crashPoint('version-drop-uncommitted');
  });
}

/** Part of the switch's transaction: from its commit on every reader sees the version. */
export async function pointViews(
  client: Queryable,
  projection: Projection,
  version: number,
): Promise<void> {
  await client.query(`set local lock_timeout = ${TABLE_LOCK_TIMEOUT_MS}`);
  for (const table of projection.tables) {
    await client.query(`drop view if exists ${table}`);
    await client.query(`create view ${table} as select * from ${versionTable(table, version)}`);
  }
}

async function addVersion(
  client: Queryable,
  projection: Projection,
  row: { readonly version: number; readonly state: 'building' | 'live'; readonly logId: string },
): Promise<void> {
  await client.query(projection.schema.replaceAll('_vN', `_v${row.version}`));
  await client.query(
    `insert into projection_versions (name, version, schema_version, state, log_id, position)
     values ($1, $2, $3, $4, $5, $6)`,
    [projection.name, row.version, projection.schemaVersion, row.state, row.logId, LOG_START],
  );
}

interface StoredVersion {
  readonly version: number;
  readonly schema_version: number;
  readonly state: ProjectionVersion['state'];
  readonly log_id: string;
  readonly position: Position;
  readonly token: string;
  readonly paused: boolean;
}

const COLUMNS = `version, schema_version, state, log_id, position, fencing_token::text as token,
  coalesce(paused_until > now(), false) as paused`;
const SELECT = `select ${COLUMNS} from projection_versions`;

function versionOf(row: StoredVersion): ProjectionVersion {
  return {
    version: row.version,
    schemaVersion: row.schema_version,
    state: row.state,
    logId: row.log_id,
    position: row.position,
    token: row.token,
    paused: row.paused,
  };
}
