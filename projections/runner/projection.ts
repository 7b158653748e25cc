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
  /** Without version; the first one stands behind the view of that name. */
  readonly tables: readonly [string, ...string[]];
  /** Under which key the event's state is kept; null: it needs none. */
  keyOf(event: RecordedEvent): string | null;
  /** An event of no concern gives the state back as it was. A repeated event changes nothing. */
  project(state: State | null, event: RecordedEvent): Step<State, Row>;
  /** Reads the states of keys that are not in memory: columns `key` and `state`, both text. */
  load(keys: readonly string[], version: number): Statement;
  /** The state of a loaded row. */
  parseState(text: string): State;
  /** Writes a batch; guarded, so that writing it again changes nothing. */
  write(batch: Batch<State, Row>, version: number): readonly Statement[];
}

/** A read model as the runner sees it. */
export interface Projection {
  readonly name: string;
  readonly schemaVersion: number;
  readonly tables: readonly [string, ...string[]];
  /** schema.sql; `_vN` stands for the version in every name. */
  readonly schema: string;
  /** Begins to project into the tables of a version. */
  open(version: number, load: StateLoader): BatchProjector;
}

export type StateLoader = (
  statement: Statement,
) => Promise<readonly { readonly key: string; readonly state: string }[]>;

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
  const { name, schemaVersion, tables } = code;
  return {
    name,
    schemaVersion,
    tables,
    schema,
    open: (version, load) => new CachingProjector(code, version, load),
  };
}

/** Table of a version. Names come from code only. */
export function versionTable(table: string, version: number): string {
  return `${table}_v${version}`;
}

/**
 * States kept in memory for each projection. More than two batches can touch, since one is prepared while the last is
 * still being written and could not be loaded; not many more, or the garbage collector has to carry them around.
 */
export const STATES_CACHED_MAX = 5_000;

class CachingProjector<State, Row> implements BatchProjector {
  readonly #states = new Map<string, State>();

  constructor(
    private readonly code: ProjectionCode<State, Row>,
    private readonly version: number,
    private readonly load: StateLoader,
  ) {}

  async statements(events: readonly RecordedEvent[]): Promise<readonly Statement[]> {
    await this.#loadMissing(events);
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

  async #loadMissing(events: readonly RecordedEvent[]): Promise<void> {
    const seen = new Set<string>();
    const missing: string[] = [];
    for (const event of events) {
      const key = this.code.keyOf(event);
      if (key === null || seen.has(key)) continue;
      seen.add(key);
      // Before a stream's first event there is nothing to load.
      if (event.revision > 0 && !this.#states.has(key)) missing.push(key);
    }
    if (missing.length === 0) return;
    for (const row of await this.load(this.code.load(missing, this.version))) {
      this.#states.set(row.key, this.code.parseState(row.state));
    }
  }

  #shrink(): void {
    for (const key of this.#states.keys()) {
      if (this.#states.size <= STATES_CACHED_MAX) return;
      this.#states.delete(key);
    }
  }
}
