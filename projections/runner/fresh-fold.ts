import type pg from 'pg';
import {
  LOG_START,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '../../libs/event-store/event-store.js';
import { hasTable } from '../../libs/platform/has-table.js';
import { errorCode } from '../../libs/platform/error-code.js';
import {
  holdConnection,
  liftTimeouts,
  type HeldConnection,
} from '../../libs/platform/held-connection.js';
import { liveVersion, type ProjectionVersion } from './catalog.js';
import { differingRows, type RowDifference } from './differing-rows.js';
import type { BatchProjector, Projection, Statement } from './projection.js';
import { StreamPrefixes } from './stream-prefixes.js';
import { holdStill } from './switch-versions.js';
import { viewFault } from './view-fault.js';

/** How a read model compares with the log, at the position where it stood. */
export interface FreshFoldResult {
  readonly name: string;
  /** Null: compared; else why not. */
  readonly skipped: string | null;
  /** Why the events can't be folded anew. */
  readonly fault: string | null;
  /** What is wrong with the view by which readers see it. */
  readonly viewFault: string | null;
  readonly differences: readonly RowDifference[];
  /** Rows of all tables; 0 where it was not compared. */
  readonly rows: number;
}

/** Of tables that only this connection sees; real versions count from 1. */
const FRESH_VERSION = 0;
const PAGE_MAX = 1_000;
/** Small, as a transaction that writes holds up readers of the log while it lasts. */
const BATCH_MAX = 250;
/** After these the live version is held still for the moment in which the last events are caught up. */
const SNAPSHOT_TRIES_MAX = 5;

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
 * that readers see. Leaves nothing behind; the comparison is made in one snapshot, so that nobody waits for it.
 */
export class FreshFold {
  #closed = false;

  private constructor(
    private readonly pool: pg.Pool,
    private readonly store: EventStore,
    private readonly connection: HeldConnection,
    private readonly folds: readonly Fold[],
  ) {}

  static async open(
    { pool, store }: { readonly pool: pg.Pool; readonly store: EventStore },
    projections: readonly Projection[],
  ): Promise<FreshFold> {
    const connection = await holdConnection(pool);
    const { client } = connection;
    try {
      // Until the connection ends.
      await liftTimeouts(client);
      // What is made without a schema's name is then a temporary table; all else is found where it was.
      await client.query(
        `select set_config('search_path', 'pg_temp, ' || current_setting('search_path'), false)`,
      );
      const folds: Fold[] = [];
      for (const projection of projections)
        folds.push(await openFold({ client, store }, projection));
      return new FreshFold(pool, store, connection, folds);
    } catch (error) {
      connection.release(true);
      throw error;
    }
  }

  /** The next events of the log, in order; those that the live versions may not have yet are left for later. */
  async take(events: readonly RecordedEvent[]): Promise<void> {
    for (const fold of this.folds) await this.#feed(fold, events, fold.until);
  }

  /** Catches up with where the live versions stand by now, and compares. */
  async compare(): Promise<readonly FreshFoldResult[]> {
    const results: FreshFoldResult[] = [];
    for (const fold of this.folds) results.push(await this.#compared(fold));
    return results;
  }

  /** Drops the temporary tables with their connection; what runs on it fails. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.connection.release(true);
  }

  private get client(): pg.PoolClient {
    return this.connection.client;
  }

  async #compared(fold: Fold): Promise<FreshFoldResult> {
    const { name } = fold.projection;
    const none = { name, fault: null, viewFault: null, differences: [], rows: 0 };
    const seen = await viewFault(this.client, fold.projection);
    if (fold.skipped !== null) return { ...none, skipped: fold.skipped, viewFault: seen };
    const live = await this.#snapshotOf(fold);
    try {
      if (live === null) return { ...none, skipped: 'was replaced meanwhile' };
      if (fold.fault !== null) {
        return { ...none, skipped: null, fault: fold.fault, viewFault: seen };
      }
      const versions = { live: live.version, fresh: FRESH_VERSION };
      const compared = await differingRows(this.client, fold.projection, versions);
      return { name, skipped: null, fault: null, viewFault: seen, ...compared };
    } finally {
      if (!this.#closed) await this.client.query('rollback');
    }
  }

  /**
   * Begins a transaction that sees the live version at the very position where the fold stands. It writes nothing: with
   * a number of its own it would hold up every reader of the log for as long as it lasts.
   */
  async #snapshotOf(fold: Fold): Promise<ProjectionVersion | null> {
    for (let tries = 1; ; tries += 1) {
      const still =
        tries < SNAPSHOT_TRIES_MAX ? null : await holdStill(this.pool, fold.projection.name);
      try {
        const target = await liveVersion(this.client, fold.projection.name);
        if (target !== undefined) await this.#catchUp(fold, target.position);
        await this.client.query('begin isolation level repeatable read read only');
        const live = await liveVersion(this.client, fold.projection.name);
        if (live?.schemaVersion !== fold.projection.schemaVersion) return null;
        if (live.position === fold.position || fold.fault !== null) return live;
        if (tries > SNAPSHOT_TRIES_MAX) return null;
        await this.client.query('rollback');
      } finally {
        // The snapshot stays as it is while the live version goes on.
        await still?.release();
      }
    }
  }

  async #catchUp(fold: Fold, to: Position): Promise<void> {
    for (let atEnd = false; fold.position < to && !atEnd;) {
      const page = await this.store.readAll(fold.position, PAGE_MAX);
      await this.#feed(fold, page.events, to);
      atEnd = page.atEnd;
      if (page.position >= to || page.atEnd) fold.position = to;
      else if (page.position > fold.position) fold.position = page.position;
    }
  }

  async #feed(fold: Fold, events: readonly RecordedEvent[], until: Position): Promise<void> {
    if (fold.fault !== null || fold.skipped !== null) return;
    const due = events.filter(({ position }) => position > fold.position && position <= until);
    for (let from = 0; from < due.length; from += BATCH_MAX) {
      const batch = due.slice(from, from + BATCH_MAX);
      for (const { name, text, values } of await statementsOf(fold, batch)) {
        try {
          await this.client.query({ name, text, values: [...values] });
        } catch (error) {
          if (!isOfValues(error)) throw error;
          fold.fault = reasonOf(error);
          return;
        }
      }
      fold.position = batch.at(-1)?.position ?? fold.position;
    }
  }
}

async function openFold(
  { client, store }: { readonly client: pg.PoolClient; readonly store: EventStore },
  projection: Projection,
): Promise<Fold> {
  const streams = StreamPrefixes.of(store);
  const projector = projection.open(FRESH_VERSION, async (stream, before) => {
    try {
      return await streams.before(stream, before);
    } catch (cause) {
      throw new LoadFailed(reasonOf(cause), { cause });
    }
  });
  const start = LOG_START;
  const fold = { projection, projector, position: start, until: start, fault: null };
  const isBuilt = await hasTable(client, 'projection_versions');
  const live = isBuilt ? await liveVersion(client, projection.name) : undefined;
  if (live === undefined) return { ...fold, skipped: 'was never built here' };
  if (live.schemaVersion !== projection.schemaVersion) {
    return { ...fold, skipped: 'has the schema of another release' };
  }
  await client.query(projection.schema.replaceAll('_vN', `_v${FRESH_VERSION}`));
  return { ...fold, until: live.position, skipped: null };
}

/** What the log threw, set apart from what damaged events make the folding code throw. */
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
    fold.fault = reasonOf(error);
    return [];
  }
}

const VALUES_REFUSED = /^2[23]...$/;

/** Postgres takes no such value for its column: the events are damaged, not the database. */
function isOfValues(error: unknown): boolean {
  return VALUES_REFUSED.test(errorCode(error) ?? '');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'no reason given';
}
