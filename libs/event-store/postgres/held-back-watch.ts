import type pg from 'pg';
import { HORIZON } from './log-reader.js';

/** Events are stored, and no reader is given them: a transaction that is older than theirs is still open. */
export class LogHeldBack extends Error {
  readonly code = 'LOG_HELD_BACK';
}

/** Two looks that find the same transaction in the way: it has been there for this long. */
const LOOK_INTERVAL_MS = 10_000;
/** Told at first, and then once in so many looks. */
const TOLD_AGAIN_LOOKS = 6;

export interface HeldBackWatchOptions {
  readonly pool: pg.Pool;
  /** Told of LogHeldBack. */
  readonly onTrouble: (error: unknown) => void;
  /** Default LOOK_INTERVAL_MS. */
  readonly lookIntervalMs?: number;
}

/**
 * Whoever keeps a writing transaction open, in whatever database of the cluster, keeps all readers of the log where they
 * are: for them it has no new events, so that nobody else could tell.
 */
export class HeldBackWatch {
  #timer: NodeJS.Timeout | undefined;
  #found: { readonly transaction: string; readonly looks: number } | undefined;
  #looking = false;

  constructor(private readonly options: HeldBackWatchOptions) {}

  /** Idempotent. */
  start(): void {
    const intervalMs = this.options.lookIntervalMs ?? LOOK_INTERVAL_MS;
    this.#timer ??= setInterval(() => void this.#look(), intervalMs).unref();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const { rows } = await this.options.pool.query<Look>(LOOK);
      this.#note(rows[0]);
    } catch {
      // Readers meet the same, and tell it.
    } finally {
      this.#looking = false;
    }
  }

  #note(look: Look | undefined): void {
    if (look?.waiting !== true) {
      this.#found = undefined;
      return;
    }
    const { transaction, holder } = look;
    const looks = this.#found?.transaction === transaction ? this.#found.looks + 1 : 0;
    this.#found = { transaction, looks };
    if (looks % TOLD_AGAIN_LOOKS !== 1) return;
    this.options.onTrouble(
      new LogHeldBack(
        `new events wait for transaction ${transaction} to end; it is that of ${holder ?? 'a prepared transaction'}`,
      ),
    );
  }
}

interface Look {
  readonly transaction: string;
  readonly waiting: boolean;
  readonly holder: string | null;
}

const LOOK = `
  select oldest::text as transaction,
         exists (select from event_store.events where transaction >= ${HORIZON}) as waiting,
         (select format('process %s in database %s', pid, datname)
            from pg_stat_activity where backend_xid = oldest::xid limit 1) as holder
    from pg_snapshot_xmin(pg_current_snapshot()) as oldest`;
