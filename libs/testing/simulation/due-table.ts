import type { DuePayment } from '../../../apps/processor/due-after.js';
import { CheckpointLost, type DueRow, type Noted } from '../../../apps/processor/due-payments.js';
import { LOG_START, type Position } from '../../event-store/event-store.js';
import { ASK_FIRST_PAUSE_MS } from '../../orchestration/asking-pauses.js';
import type { Continued } from '../../orchestration/continuation.js';
import type { Planned } from './scheduler.js';
import type { Life } from './simulated-node.js';
import type { World } from './world.js';

interface Row {
  kind: DueRow['kind'];
  dueAtMs: number;
  revision: number;
}

const TRIP_SPREAD_MS = 8;
const LOOK_AGAIN_MS = 1_000;

/** What the processor keeps in Postgres: its checkpoint, what is due, and its places in the feeds. Survives crashes. */
export class DueTable {
  position: Position = LOG_START;
  token = 0;
  readonly rows = new Map<string, Row>();
  readonly cursors = new Map<string, string>();
  /** Told when a row may have become due. */
  readonly onChange = new Set<() => void>();

  changed(): void {
    for (const tell of this.onChange) tell();
  }
}

/** The table as a leading processor uses it, statement by statement as in Postgres. */
export class DueTableSession {
  readonly #world: World;
  readonly #given = new Map<string, readonly [revision: number, atMs: number]>();

  constructor(
    private readonly life: Life,
    private readonly table: DueTable,
    private readonly options: { readonly runningGraceMs: number; readonly ended: AbortSignal },
  ) {
    this.#world = life.world;
  }

  /** @throws CheckpointLost */
  async claim(token: number): Promise<Position> {
    return await this.#run(() => {
      if (token < this.table.token) throw new CheckpointLost('a newer lease holds the checkpoint');
      this.table.token = token;
      return this.table.position;
    });
  }

  async note({ due }: Noted, to: Position, token: string): Promise<void> {
    await this.#run(() => {
      if (this.table.token !== Number(token)) {
        throw new CheckpointLost('a newer lease holds the checkpoint');
      }
      this.table.position = to;
      for (const payment of due) this.#note(payment);
      this.table.changed();
    });
  }

  /** Waits while nothing new is due, as a reader that looks again and again would. */
  async dueNow(limit: number): Promise<readonly DueRow[]> {
    for (;;) {
      const rows = await this.#run(() => this.#dueRows(limit));
      const news = rows.some((row) => this.#isNews(row));
      if (news || this.options.ended.aborted) {
        for (const row of rows) this.#given.set(row.paymentId, [row.revision, this.#world.nowMs]);
        return rows;
      }
      await this.#untilSomethingIsDue(rows.length > 0 ? LOOK_AGAIN_MS : 0);
    }
  }

  /** What was just given out is in work. */
  #isNews({ paymentId, revision }: DueRow): boolean {
    const [known, atMs] = this.#given.get(paymentId) ?? [-1, 0];
    return known !== revision || this.#world.nowMs - atMs >= LOOK_AGAIN_MS;
  }

  async running(): Promise<readonly Omit<DueRow, 'kind'>[]> {
    return await this.#run(() =>
      [...this.table.rows]
        .filter(([, { kind }]) => kind === 'running')
        .map(([paymentId, { revision }]) => ({ paymentId, revision })),
    );
  }

  async postpone(row: DueRow, ms: number): Promise<void> {
    await this.#update(row.paymentId, row.revision, (stored) => {
      stored.dueAtMs = this.#world.nowMs + ms;
    });
  }

  async settle(row: DueRow, { revision, continuation }: Continued, now: string): Promise<void> {
    const seen = Math.max(row.revision, revision);
    await this.#update(row.paymentId, seen, (stored) => {
      switch (continuation.next) {
        case 'after':
          stored.dueAtMs = this.#world.nowMs + continuation.ms;
          return;
        case 'running':
          Object.assign(stored, {
            kind: 'running',
            revision: seen,
            dueAtMs: this.#world.nowMs + this.options.runningGraceMs,
          });
          return;
        case 'never':
          this.table.rows.delete(row.paymentId);
          return;
        case 'at':
          Object.assign(stored, {
            kind: 'due',
            revision: seen,
            dueAtMs: this.#world.nowMs + Date.parse(continuation.at) - Date.parse(now),
          });
      }
    });
  }

  /** As `FeedCursors` of the processor. */
  get cursors() {
    const { cursors } = this.table;
    return {
      of: (gateway: string) => this.#run(() => cursors.get(gateway) ?? null),
      move: (gateway: string, cursor: string) => this.#run(() => void cursors.set(gateway, cursor)),
    };
  }

  #note({ paymentId, revision, concern, at, isNew }: DuePayment): void {
    const stored = this.table.rows.get(paymentId);
    switch (concern) {
      case 'rest':
        if (stored?.kind === 'running') this.table.rows.delete(paymentId);
        return;
      case 'aside':
        if (stored !== undefined && stored.revision < revision) stored.revision = revision;
        return;
      case 'over':
        if (!isNew && stored !== undefined && stored.revision <= revision) {
          this.table.rows.delete(paymentId);
        }
        return;
      case 'running':
      case 'ask':
      case 'at':
      case 'look': {
        if (stored !== undefined && stored.revision >= revision) return;
        const running = concern === 'running';
        const grace = { running: this.options.runningGraceMs, ask: ASK_FIRST_PAUSE_MS };
        const pauseMs = concern === 'running' || concern === 'ask' ? grace[concern] : 0;
        const dueAtMs = at === null ? this.#world.nowMs + pauseMs : Date.parse(at);
        this.table.rows.set(paymentId, { kind: running ? 'running' : 'due', dueAtMs, revision });
      }
    }
  }

  #dueRows(limit: number): readonly DueRow[] {
    return [...this.table.rows]
      .filter(([, { dueAtMs }]) => dueAtMs <= this.#world.nowMs)
      .sort(([, one], [, other]) => one.dueAtMs - other.dueAtMs)
      .slice(0, limit)
      .map(([paymentId, { kind, revision }]) => ({ paymentId, kind, revision }));
  }

  #untilSomethingIsDue(leastMs: number): Promise<void> {
    return new Promise((resolve) => {
      let planned: Planned | null = null;
      let leftMs = leastMs;
      const plan = () => {
        if (planned !== null) planned.cancelled = true;
        const dueAtMs = Math.min(...[...this.table.rows.values()].map((row) => row.dueAtMs));
        if (!Number.isFinite(dueAtMs)) return;
        planned = this.life.in(Math.max(leftMs, dueAtMs - this.#world.nowMs), done);
        leftMs = 0;
      };
      const done = () => {
        if (planned !== null) planned.cancelled = true;
        this.table.onChange.delete(plan);
        this.options.ended.removeEventListener('abort', done);
        resolve();
      };
      this.table.onChange.add(plan);
      this.options.ended.addEventListener('abort', done);
      if (this.options.ended.aborted) done();
      else plan();
    });
  }

  async #update(paymentId: string, upTo: number, change: (row: Row) => void): Promise<void> {
    await this.#run(() => {
      const stored = this.table.rows.get(paymentId);
      if (stored === undefined || stored.revision > upTo) return;
      change(stored);
      this.table.changed();
    });
  }

  #run<T>(statement: () => T): Promise<T> {
    return this.life.request(this.#world.choose(TRIP_SPREAD_MS), statement);
  }
}
