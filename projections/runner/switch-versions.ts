import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { Position } from '../../libs/event-store/event-store.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import { errorCode } from '../../libs/platform/error-code.js';
import { inTransaction } from '../../libs/platform/held-connection.js';
import type { Queryable } from '../../libs/platform/queryable.js';
import { pointViews } from './catalog.js';
import type { Projection } from './projection.js';

/** A killed rebuild lets the live version go on after this. */
const HOLD_MS = 6_000;
const HOLD_RENEW_MS = 1_500;
const SWITCH_TRIES_MAX = 100;
const SWITCH_PAUSE_MS = 100;
const LOCK_NOT_AVAILABLE = '55P03';

/** The live version, held at one position: whoever leads it writes nothing until it is released. */
export interface StillVersion {
  readonly version: number;
  readonly schemaVersion: number;
  readonly position: Position;
  release(): Promise<void>;
}

/** The live version moved on, or was replaced, while it should have stood still. */
export class SwitchLost extends Error {
  readonly code = 'SWITCH_LOST';
}

/** Holds the live version still; renewed in the background until it is released. */
export async function holdStill(pool: Queryable, name: string): Promise<StillVersion> {
  const { rows } = await pool.query<{ version: number; schema_version: number; position: string }>(
    `update projection_versions set paused_until = ${HOLD_END}
      where name = $1 and state = 'live' returning version, schema_version, position`,
    [name],
  );
  const row = rows[0];
  if (row === undefined) throw new SwitchLost(`${name} has no live version`);
  const timer = setInterval(() => {
    // A hold that ran out is not taken up again: the switch looks at it and refuses.
    pool
      .query(
        `update projection_versions set paused_until = ${HOLD_END}
          where name = $1 and version = $2 and paused_until > now()`,
        [name, row.version],
      )
      .catch(() => undefined);
  }, HOLD_RENEW_MS);
  timer.unref();
  return {
    version: row.version,
    schemaVersion: row.schema_version,
    position: row.position,
    release: async () => {
      clearInterval(timer);
      await pool
        .query(
          'update projection_versions set paused_until = null where name = $1 and version = $2',
          [name, row.version],
        )
        // It runs out by itself.
        .catch(() => undefined);
    },
  };
}

/**
 * One transaction after which every reader sees the next version and its writer leads on from the same position.
 * Readers in the middle of a query are waited for in short tries, so that nobody queues behind them for long.
 * @throws SwitchLost when either version is not where it was compared
 */
export async function switchVersions(
  pool: pg.Pool,
  projection: Projection,
  change: {
    readonly live: number;
    readonly next: number;
    readonly position: Position;
    readonly token: string;
  },
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await inTransaction(pool, async (client) => {
        await retireAndPromote(client, projection.name, change);
        await pointViews(client, projection, change.next);
        crashPoint('switch-uncommitted');
      });
      crashPoint('switch-committed');
      return;
    } catch (error) {
      if (errorCode(error) !== LOCK_NOT_AVAILABLE || attempt === SWITCH_TRIES_MAX) throw error;
      await pause(SWITCH_PAUSE_MS);
    }
  }
}

async function retireAndPromote(
  client: Queryable,
  name: string,
  change: { live: number; next: number; position: Position; token: string },
): Promise<void> {
  const retired = await client.query(
    `update projection_versions set state = 'retired', retired_at = now(), paused_until = null
      where name = $1 and version = $2 and state = 'live' and position = $3 and paused_until > now()
      returning version`,
    [name, change.live, change.position],
  );
  const promoted = await client.query(
    `update projection_versions set state = 'live'
      where name = $1 and version = $2 and state = 'building' and position = $3 and fencing_token = $4
      returning version`,
    [name, change.next, change.position, change.token],
  );
  if (retired.rows.length === 0 || promoted.rows.length === 0) {
    throw new SwitchLost(`${name}: a version moved while both should have stood still`);
  }
  await client.query('update projections set active_version = $2 where name = $1', [
    name,
    change.next,
  ]);
}

const HOLD_END = `now() + make_interval(secs => ${HOLD_MS / 1000})`;
