import type { RecordedEvent } from '../../libs/event-store/event-store.js';

/** SQL with its values; `name` lets a connection prepare it once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly (Buffer | string | number | null)[];
}

/** What one event does to the state of its key, and the rows that it adds beside it. */
export interface Step<State, Row> {
  readonly state: State | null;
  readonly rows: readonly Row[];
}

/** What a batch of events came to. */
export interface Batch<State, Row> {
  /** State after the batch of every key that the batch touched. */
  readonly states: ReadonlyMap<string, State>;
  readonly rows: readonly Row[];
}

/** The pure part of a read model: events in, statements out. */
export interface ProjectionCode<State, Row> {
  /** As in `GET /v1/projections`. */
  readonly name: string;
  /** Raised by every change of schema.sql, of the state's shape, or of what the rows mean; the start then rebuilds. */
  readonly schemaVersion: number;
  /** Without version; each stands behind the view of its name. */
  readonly tables: readonly [string, ...string[]];
  /** Under which key the state of the event's stream is kept in memory; null: it needs none. */
  keyOf(event: RecordedEvent): string | null;
  /** An event of no concern gives the state back as it was. A repeated event changes nothing. */
  project(state: State | null, event: RecordedEvent): Step<State, Row>;
  /**
   * By table, an SQL condition for the rows that readers may count on, where old ones are pruned bit by bit; `_vN` stands
   * for the version. Two versions are the same when these rows are.
   */
  readonly kept?: Readonly<Record<string, string>>;
  /** Writes a batch; guarded, so that writing it again changes nothing. */
  write(batch: Batch<State, Row>, version: number): readonly Statement[];
}

/** A read model as the runner sees it. */
export interface Projection {
  readonly name: string;
  readonly schemaVersion: number;
  readonly tables: readonly [string, ...string[]];
  /** As in the code: the rows of a table that count where two versions are compared. */
  readonly kept: Readonly<Record<string, string>>;
  /** schema.sql; `_vN` stands for the version in every name. */
  readonly schema: string;
  /** Begins to project into the tables of a version. */
  open(version: number, streams: StreamReader): BatchProjector;
}

/**
 * What a stream held before a revision: what is not in memory of a state is folded from there anew, so no table has to
 * keep it.
 */
export type StreamReader = (stream: string, before: number) => Promise<readonly RecordedEvent[]>;

export interface BatchProjector {
  /** The statements that bring these events, the next in order, into the tables. */
  statements(events: readonly RecordedEvent[]): Promise<readonly Statement[]>;
  /** Forgets what it knows of the tables: a batch that it prepared was not written. */
  forget(): void;
}

/** Joins the pure part with its schema; the types of state and rows are of no concern to the runner. */
export function defineProjection<State, Row>(
  code: ProjectionCode<State, Row>,
  schema: string,
): Projection {
  const { name, schemaVersion, tables, kept = {} } = code;
  return {
    name,
    schemaVersion,
    tables,
    kept,
    schema,
    open: (version, streams) => new CachingProjector(code, version, streams),
  };
}

/** Table of a version. Names come from code only. */
export function versionTable(table: string, version: number): string {
  return `${table}_v${version}`;
}

/** The rows of a version's table that count, for the place of a table in a statement. */
export function keptRows(
  { kept }: Pick<Projection, 'kept'>,
  table: string,
  version: number,
): string {
  const name = versionTable(table, version);
  const condition = kept[table]?.replaceAll('_vN', `_v${version}`);
  return condition === undefined ? name : `(select * from ${name} where ${condition}) as kept`;
}

/** States kept in memory for each projection; not more, or the garbage collector has to carry them around. */
export const STATES_CACHED_MAX = 5_000;
/** Streams that are read at once. */
const READS_AT_ONCE_MAX = 200;

class CachingProjector<State, Row> implements BatchProjector {
  readonly #states = new Map<string, State>();

  constructor(
    private readonly code: ProjectionCode<State, Row>,
    private readonly version: number,
    private readonly streams: StreamReader,
  ) {}

  async statements(events: readonly RecordedEvent[]): Promise<readonly Statement[]> {
    await this.#fillIn(events);
    const touched = new Map<string, State>();
    const rows: Row[] = [];
    for (const event of events) {
      const key = this.code.keyOf(event);
      const before = key === null ? null : (touched.get(key) ?? this.#states.get(key) ?? null);
      const step = this.code.project(before, event);
      for (const row of step.rows) rows.push(row);
      if (key !== null && step.state !== null && step.state !== before) {
        touched.set(key, step.state);
      }
    }
    for (const [key, state] of touched) {
      // Deleted first, so that the oldest entry of the map is the one longest unused.
      this.#states.delete(key);
      this.#states.set(key, state);
    }
    this.#shrink();
    return this.code.write({ states: touched, rows }, this.version);
  }

  forget(): void {
    this.#states.clear();
  }

  /** Folds what came before these events of streams that are not in memory. */
  async #fillIn(events: readonly RecordedEvent[]): Promise<void> {
    const missing: (readonly [key: string, first: RecordedEvent])[] = [];
    const begun = new Set<string>();
    for (const event of events) {
      const key = this.code.keyOf(event);
      if (key === null || begun.has(key)) continue;
      begun.add(key);
      // Before a stream's first event there is nothing to fold.
      if (event.revision > 0 && !this.#states.has(key)) missing.push([key, event]);
    }
    for (let from = 0; from < missing.length; from += READS_AT_ONCE_MAX) {
      const some = missing.slice(from, from + READS_AT_ONCE_MAX);
      await Promise.all(some.map(([key, first]) => this.#foldBefore(key, first)));
    }
  }

  async #foldBefore(key: string, { stream, revision }: RecordedEvent): Promise<void> {
    let state: State | null = null;
    for (const event of await this.streams(stream, revision)) {
      if (this.code.keyOf(event) === key) state = this.code.project(state, event).state;
    }
    if (state !== null) this.#states.set(key, state);
  }

  #shrink(): void {
    for (const key of this.#states.keys()) {
      if (this.#states.size <= STATES_CACHED_MAX) return;
      this.#states.delete(key);
    }
  }
}
