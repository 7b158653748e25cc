import type pg from 'pg';
import type { EventStore, Position, RecordedEvent } from '../../libs/event-store/event-store.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import { fencedStatement, isFenced } from './fenced-statement.js';
import type { BatchProjector, Projection, Statement } from './projection.js';
import { StreamPrefixes } from './stream-prefixes.js';
import { Turns } from './turns.js';

/** Events of one transaction. */
export const BATCH_MAX = 1_000;
const BATCH_MIN = 200;
/** Batches shrink above this, so that no writing transaction comes near the 200 ms that the log's readers wait at most. */
const TRANSACTION_TARGET_MS = 80;

export interface WriterOptions {
  readonly pool: pg.Pool;
  /** Of the log that is written here. */
  readonly store: Pick<EventStore, 'readStream'>;
  readonly projection: Projection;
  readonly version: number;
  /** Of the lease under which this writer works. */
  readonly token: string;
  readonly position: Position;
  readonly batchMax?: number;
}

/** The checkpoint did not move: another leads now, the version was paused or retired. Nothing was written. */
export class WriteRefused extends Error {
  readonly code = 'WRITE_REFUSED';
}

/** Brings events into the tables of one version, rows and checkpoint in one transaction. */
export class VersionWriter {
  readonly #projector: BatchProjector;
  readonly #turns: Turns;
  #position: Position;
  #batch: number;
  #writing: Promise<void> = Promise.resolve();

  constructor(private readonly options: WriterOptions) {
    this.#position = options.position;
    this.#batch = options.batchMax ?? BATCH_MAX;
    this.#turns = Turns.of(options.pool);
    const streams = StreamPrefixes.of(options.store);
    this.#projector = options.projection.open(options.version, (stream, before) =>
      streams.before(stream, before),
    );
  }

  /** Up to where everything is written. */
  get position(): Position {
    return this.#position;
  }

  /**
   * Writes the events behind `position` in order, then moves the checkpoint to `to`. After a throw the writer stands at
   * what was written and can go on from there.
   * @throws WriteRefused
   */
  async write(events: readonly RecordedEvent[], to: Position): Promise<void> {
    await this.enqueue(events, to);
    await this.settled();
  }

  /**
   * As `write`, but the last batch may still be on its way when it resolves: the next one is prepared meanwhile.
   * `settled` tells how it went.
   * @throws WriteRefused, of an earlier batch too
   */
  async enqueue(events: readonly RecordedEvent[], to: Position): Promise<void> {
    for (let from = 0; from < events.length || from === 0;) {
      const batch = events.slice(from, from + this.#batch);
      from += Math.max(1, batch.length);
      const end = from < events.length ? batch.at(-1)?.position : to;
      try {
        const statements = await this.#projector.statements(batch);
        await this.#writing;
        this.#writing = this.#turns.take(() => this.#commit(statements, end ?? to));
        // Awaited by the next turn or by `settled`; until then a failure is nobody's unhandled rejection.
        this.#writing.catch(() => undefined);
      } catch (error) {
        await this.#giveUp();
        throw error;
      }
    }
  }

  /** Resolves when all that was handed over is written. @throws WriteRefused */
  async settled(): Promise<void> {
    try {
      await this.#writing;
    } catch (error) {
      await this.#giveUp();
      throw error;
    }
  }

  async #giveUp(): Promise<void> {
    await this.#writing.catch(() => undefined);
    this.#writing = Promise.resolve();
    this.#projector.forget();
  }

  async #commit(statements: readonly Statement[], to: Position): Promise<void> {
    if (this.#position === to) return;
    crashPoint('rows-ready');
    const startedMs = performance.now();
    try {
      await this.options.pool.query(fencedStatement(this.#move(to), statements));
    } catch (error) {
      if (!isFenced(error)) throw error;
      throw new WriteRefused('the checkpoint is no longer ours to move', { cause: error });
    }
    crashPoint('rows-committed');
    this.#position = to;
    this.#adapt(performance.now() - startedMs);
  }

  #adapt(tookMs: number): void {
    const max = this.options.batchMax ?? BATCH_MAX;
    if (tookMs > TRANSACTION_TARGET_MS) {
      this.#batch = Math.min(max, Math.max(BATCH_MIN, Math.floor(this.#batch / 2)));
    } else if (this.#batch < max) {
      this.#batch = Math.min(max, Math.ceil(this.#batch * 1.1));
    }
  }

  /** Only from where this writer stands, only under its token, only while nobody holds the version still. */
  #move(to: Position): Statement {
    const { projection, version, token } = this.options;
    const values = [projection.name, version, token, to, this.#position];
    return { name: 'project', text: MOVE, values };
  }
}

const MOVE = `
  update projection_versions set position = $4
   where name = $1 and version = $2 and fencing_token = $3 and position = $5
     and state in ('building', 'live') and coalesce(paused_until < now(), true)
  returning 1`;
