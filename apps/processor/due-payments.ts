import type pg from 'pg';
import type { Position } from '../../libs/event-store/event-store.js';
import { ASK_FIRST_PAUSE_MS } from '../../libs/orchestration/asking-pauses.js';
import type { Continued } from '../../libs/orchestration/continuation.js';
import { textArray, textColumns } from '../../libs/platform/binary-arrays.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import { fencedStatement, isFenced } from '../../projections/runner/fenced-statement.js';
import type { Statement } from '../../projections/runner/projection.js';
import type { Concern } from './concern-of-type.js';
import type { DuePayment } from './due-after.js';
import { noteAuthorizations, type WatchedAuthorization } from './risk-watch.js';

/** A row that is due now. */
export interface DueRow {
  readonly paymentId: string;
  readonly kind: 'running' | 'due';
  readonly revision: number;
}

/** The checkpoint is held under a newer lease: nothing was written. */
export class CheckpointLost extends Error {
  readonly code = 'CHECKPOINT_LOST';
}

/** What a page of the log asks for. */
export interface Noted {
  readonly due: readonly DuePayment[];
  /** Left out where risk looks at none again. */
  readonly authorizations?: readonly WatchedAuthorization[];
}

/** The payments to look at, in Postgres; written in the checkpoint's transaction, so that none is missed. */
export class DuePayments {
  constructor(
    private readonly pool: pg.Pool,
    private readonly runningGraceMs: number,
  ) {}

  /** Begins under a lease: older holders can't write any more. @throws CheckpointLost */
  async claim(token: string): Promise<Position> {
    const { rows } = await this.pool.query<{ position: Position }>(
      `update processor_checkpoint set fencing_token = $1 where fencing_token <= $1
       returning position`,
      [token],
    );
    const row = rows[0];
    if (row === undefined) throw new CheckpointLost('a newer lease holds the checkpoint');
    return row.position;
  }

  /** Notes what the events ask for and moves the checkpoint, in one transaction. @throws CheckpointLost */
  async note({ due, authorizations = [] }: Noted, to: Position, token: string): Promise<void> {
    const of = (...concerns: readonly Concern[]) =>
      due.filter(({ concern }) => concerns.includes(concern));
    const wanted = of('running', 'look', 'ask', 'at');
    const aside = of('aside');
    const resting = of('rest').map(({ paymentId }) => paymentId);
    const over = of('over').filter(({ isNew }) => !isNew);
    const statements = [
      ...(wanted.length > 0 ? [this.#upsert(wanted)] : []),
      ...(aside.length > 0 ? [moveOn(aside)] : []),
      ...(resting.length > 0 ? [{ ...DROP_RUNNING, values: [textArray(resting)] }] : []),
      ...(over.length > 0 ? [drop(over)] : []),
      ...(authorizations.length > 0 ? [noteAuthorizations(authorizations)] : []),
    ];
    crashPoint('due-page-uncommitted');
    try {
      await this.pool.query(fencedStatement({ ...MOVE, values: [to, token] }, statements));
    } catch (cause) {
      if (!isFenced(cause)) throw cause;
      throw new CheckpointLost('a newer lease holds the checkpoint', { cause });
    }
  }

  /** The oldest rows whose time has come. */
  async dueNow(limit: number): Promise<readonly DueRow[]> {
    const { rows } = await this.pool.query<{
      payment_id: string;
      kind: DueRow['kind'];
      revision: number;
    }>({
      name: 'due-now',
      text: `select payment_id, kind, revision from due_payments
              where due_at <= now() order by due_at limit $1`,
      values: [limit],
    });
    return rows.map(({ payment_id: paymentId, kind, revision }) => ({ paymentId, kind, revision }));
  }

  /** Payments that somebody drove when they were noted; those that have to wait longest may be left out. */
  async running(limit: number): Promise<readonly Omit<DueRow, 'kind'>[]> {
    const { rows } = await this.pool.query<{ payment_id: string; revision: number }>(
      `select payment_id, revision from due_payments where kind = 'running' order by due_at limit $1`,
      [limit],
    );
    return rows.map(({ payment_id: paymentId, revision }) => ({ paymentId, revision }));
  }

  /** Puts a row off; unless a later event has already set it anew. */
  async postpone(row: DueRow, ms: number): Promise<void> {
    await this.pool.query(
      `update due_payments set due_at = now() + make_interval(secs => $3::float8 / 1000)
        where payment_id = $1 and revision <= $2`,
      [row.paymentId, row.revision, ms],
    );
  }

  /**
   * Sets the row as the continuation says, unless a later event has set it anew. `now` is the instant by the clock that
   * the continuation went by: only the time left is used, since Postgres' clock may differ.
   */
  async settle(row: DueRow, { revision, continuation }: Continued, now: string): Promise<void> {
    const seen = Math.max(row.revision, revision);
    if (continuation.next === 'after') {
      return await this.postpone({ ...row, revision: seen }, continuation.ms);
    }
    if (continuation.next === 'running') {
      await this.pool.query(
        `update due_payments set kind = 'running', revision = $2,
            due_at = now() + make_interval(secs => $3::float8 / 1000)
          where payment_id = $1 and revision <= $2`,
        [row.paymentId, seen, this.runningGraceMs],
      );
      return;
    }
    if (continuation.next === 'never') {
      await this.pool.query(`delete from due_payments where payment_id = $1 and revision <= $2`, [
        row.paymentId,
        seen,
      ]);
      return;
    }
    await this.pool.query(
      `update due_payments set kind = 'due', revision = $2,
          due_at = now() + ($3::timestamptz - $4::timestamptz)
        where payment_id = $1 and revision <= $2`,
      [row.paymentId, seen, continuation.at, now],
    );
  }

  #upsert(wanted: readonly DuePayment[]): Statement {
    const rows = wanted.map(({ paymentId, revision, concern, at }) => [
      paymentId,
      concern === 'running' ? 'running' : 'due',
      at,
      String(this.#pauseOf(concern)),
      String(revision),
    ]);
    return { name: 'note-due', text: UPSERT, values: textColumns(rows, 5) };
  }

  #pauseOf(concern: Concern): number {
    switch (concern) {
      case 'running':
        return this.runningGraceMs;
      case 'ask':
        return ASK_FIRST_PAUSE_MS;
      case 'look':
      case 'at':
      case 'over':
      case 'rest':
      case 'aside':
        return 0;
    }
  }
}

const MOVE = {
  name: 'note',
  text: 'update processor_checkpoint set position = $1 where fencing_token = $2 returning 1',
};

const UPSERT = `
  insert into due_payments as row (payment_id, kind, due_at, revision)
  select id, kind, coalesce(at::timestamptz, now() + make_interval(secs => after_ms::float8 / 1000)),
         revision::integer
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
      as noted (id, kind, at, after_ms, revision)
  on conflict (payment_id) do update
    set kind = excluded.kind, due_at = excluded.due_at, revision = excluded.revision
    where row.revision < excluded.revision`;

const DROP_RUNNING = {
  name: 'note-rest',
  text: `delete from due_payments where kind = 'running' and payment_id = any($1::text[])`,
};

/** What a continuation noted of a later revision stays. */
function drop(over: readonly DuePayment[]): Statement {
  return {
    name: 'note-over',
    text: `delete from due_payments as row using unnest($1::text[], $2::text[]) as noted (id, revision)
            where row.payment_id = noted.id and row.revision <= noted.revision::integer`,
    values: textColumns(over.map(keyed), 2),
  };
}

/** Rows stay as they were noted, as of a later revision. */
function moveOn(aside: readonly DuePayment[]): Statement {
  return {
    name: 'note-aside',
    text: `update due_payments as row set revision = noted.revision::integer
             from unnest($1::text[], $2::text[]) as noted (id, revision)
            where row.payment_id = noted.id and row.revision < noted.revision::integer`,
    values: textColumns(aside.map(keyed), 2),
  };
}

function keyed({ paymentId, revision }: DuePayment): readonly string[] {
  return [paymentId, String(revision)];
}
