import { createHash } from 'node:crypto';
import type pg from 'pg';
import { errorCode } from '../../libs/platform/error-code.js';
import type { Statement } from './projection.js';

/** Postgres cuts longer names of prepared statements. */
const NAME_MAX = 63;
const DIVISION_BY_ZERO = '22012';

interface Prepared {
  readonly name: string;
  readonly text: string;
}

/** By the texts that it is made of: they come from code and versions, so there are few. */
const prepared = new Map<string, Prepared>();

/**
 * Checkpoint and rows as one statement, so one transaction, which no pause of this process can hold open. `move` moves
 * the checkpoint where its fence allows and returns a row for it; where it moves none, the division by zero takes
 * everything back. A lost commit takes its checkpoint with it and is made again from the log, so it need not reach the
 * disk before the next one.
 */
export function fencedStatement(move: Statement, rows: readonly Statement[]): pg.QueryConfig {
  const key = [move, ...rows].map(({ text }) => text).join(';');
  const made = prepared.get(key) ?? joined(move, rows);
  prepared.set(key, made);
  return { ...made, values: [move, ...rows].flatMap(({ values }) => values) };
}

/** Whether the fence let nothing through. */
export function isFenced(error: unknown): boolean {
  return errorCode(error) === DIVISION_BY_ZERO;
}

function joined(move: Statement, rows: readonly Statement[]): Prepared {
  const parts = [`moved as (${move.text})`];
  let offset = move.values.length;
  for (const { text, values } of rows) {
    const from = offset;
    const moved = text.replaceAll(/\$(\d+)/g, (_, n) => `$${Number(n) + from}`);
    parts.push(`rows_${parts.length} as (${moved})`);
    offset += values.length;
  }
  const text = `with ${parts.join(', ')} ${DEMAND}`;
  const digest = createHash('sha256').update(text).digest('hex');
  return { name: `${move.name}-${digest}`.slice(0, NAME_MAX), text };
}

const DEMAND = `select set_config('synchronous_commit', 'off', true), 1 / (select count(*) from moved)`;
