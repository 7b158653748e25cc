import type pg from 'pg';
import {
  LOG_START,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '../../libs/event-store/event-store.js';
import { liveVersion } from './catalog.js';
import { differingRows, type RowDifference } from './differing-rows.js';
import type { BatchProjector, Projection, Statement } from './projection.js';

/** How a read model compares with the log, at the position where it stood. */
export interface FreshFoldResult {
  readonly name: string;
  /** Null: compared; else why not. */
  readonly skipped: string | null;
  /** Why the events can't be folded anew. */
  readonly fault: string | null;
  readonly differences: readonly RowDifference[];
  /** Rows of all tables; 0 where it was not compared. */
  readonly rows: number;
}

/** Of tables that only this connection sees; real versions count from 1. */
const FRESH_VERSION = 0;
const BATCH_MAX = 1_000;

interface Fold {
  readonly projection: Projection;
  readonly projector: BatchProjector;
  /** Events up to here are in; never ahead of the live version. */
  position: Position;
  /** Where the live version stood at the start. */
  readonly until: Position;
  fault: string | null;
  readonly skipped: string | null;
}

/**
 * Builds read models a second time, in temporary tables of one connection, and compares them row by row with the ones
 * that readers see. Writes nothing that lasts and holds up nobody: the comparison is made in one snapshot.
 */
export class FreshFold {
  private constructor(
    private readonly client: pg.PoolClient,
    private readonly folds: readonly Fold[],
  ) {}

  static async open(pool: pg.Pool, projections: readonly Projection[]): Promise<FreshFold> {
    const client = await pool.connect();
    try {
      await client.query(`set statement_timeout = 0`);
      // What is made without a schema's name is then a temporary table.
      await client.query(`set search_path = pg_temp, "$user", public`);
      const folds: Fold[] = [];
      for (const projection of projections) folds.push(await openFold(client, projection));
      return new FreshFold(client, folds);
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** The next events of the log, in order; those that the live versions may not have yet are left for later. */
  async take(events: readonly RecordedEvent[]): Promise<void> {
    for (const fold of this.folds) await this.#feed(fold, events, fold.until);
  }

  /** Catches up with where the live versions stand by now, and compares. Ends the fold. */
  async compare(store: EventStore): Promise<readonly FreshFoldResult[]> {
    const results: FreshFoldResult[] = [];
    // In one snapshot rows and checkpoints belong together, while the live versions go on.
    await this.client.query('begin isolation level repeatable read');
    for (const fold of this.folds) results.push(await this.#compared(fold, store));
    await this.client.query('rollback');
    return results;
  }

  /** Drops the temporary tables with their connection. */
  close(): void {
    this.client.release(true);
  }

  async #compared(fold: Fold, store: EventStore): Promise<FreshFoldResult> {
    const { name } = fold.projection;
    const none = { name, fault: null, differences: [], rows: 0 };
    if (fold.skipped !== null) return { ...none, skipped: fold.skipped };
    const live = await liveVersion(this.client, name);
    if (live === undefined || live.schemaVersion !== fold.projection.schemaVersion) {
      return { ...none, skipped: 'was replaced meanwhile' };
    }
    for (let from = fold.position, atEnd = false; from < live.position && !atEnd;) {
      const page = await store.readAll(from, BATCH_MAX);
      await this.#feed(fold, page.events, live.position);
      from = page.position;
      atEnd = page.atEnd;
    }
    if (fold.fault !== null) return { ...none, skipped: null, fault: fold.fault };
    const versions = { live: live.version, fresh: FRESH_VERSION };
    const compared = await differingRows(this.client, fold.projection, versions);
    return { name, skipped: null, fault: null, ...compared };
  }

  async #feed(fold: Fold, events: readonly RecordedEvent[], until: Position): Promise<void> {
    if (fold.fault !== null || fold.skipped !== null) return;
    const batch = events.filter(({ position }) => position > fold.position && position <= until);
    const last = batch.at(-1);
    if (last === undefined) return;
    for (const { name, text, values } of await statementsOf(fold, batch)) {
      await this.client.query({ name, text, values: [...values] });
    }
    fold.position = last.position;
  }
}

async function openFold(client: pg.PoolClient, projection: Projection): Promise<Fold> {
  const projector = projection.open(FRESH_VERSION, async ({ name, text, values }) => {
    const wanted = { name, text, values: [...values] };
    try {
      return (await client.query<{ key: string; state: string }>(wanted)).rows;
    } catch (cause) {
      throw new LoadFailed('the state of a read model could not be read', { cause });
    }
  });
  const start = LOG_START;
  const fold = { projection, projector, position: start, until: start, fault: null };
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('projection_versions') is not null as there`,
  );
  const live = rows[0]?.there === true ? await liveVersion(client, projection.name) : undefined;
  if (live === undefined) return { ...fold, skipped: 'was never built here' };
  if (live.schemaVersion !== projection.schemaVersion) {
    return { ...fold, skipped: 'has the schema of another release' };
  }
  await client.query(projection.schema.replaceAll('_vN', `_v${FRESH_VERSION}`));
  return { ...fold, until: live.position, skipped: null };
}

/** What the database threw, set apart from what damaged events make the folding code throw. */
class LoadFailed extends Error {
  readonly code = 'LOAD_FAILED';
}

/** None where the events can't be folded: the fold then has a fault. */
async function statementsOf(
  fold: Fold,
  batch: readonly RecordedEvent[],
): Promise<readonly Statement[]> {
  try {
    return await fold.projector.statements(batch);
  } catch (error) {
    if (error instanceof LoadFailed) throw error;
    fold.fault = error instanceof Error ? error.message : 'no reason given';
    return [];
  }
}
