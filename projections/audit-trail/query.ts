import {
  paymentIdOf,
  paymentStream,
  PAYMENT_STREAM_PREFIX,
} from '../../libs/payments/payment.stream.js';
import type { Queryable } from '../../libs/platform/queryable.js';
import { decodeCursor, encodeCursor, POSITION_PATTERN } from '../runner/cursor.js';
import { queryReadModel, type ListPage, type PageRequest } from '../runner/read-model.js';
import { periodOf } from './audit-times.js';
import { POSITION } from './witnesses.js';

/** Instants are ISO 8601 in UTC; an absent filter lets everything through. */
export interface AuditFilter {
  /** Only entries of this merchant's payments exist for the caller; null: of all. */
  readonly tenant: string | null;
  readonly paymentId?: string | undefined;
  readonly actor?: string | undefined;
  readonly type?: string | undefined;
  /** Inclusive. */
  readonly from?: string | undefined;
  /** Exclusive. */
  readonly to?: string | undefined;
}

export interface AuditEntry {
  readonly event_id: string;
  readonly stream: string;
  readonly revision: number;
  readonly hash: string;
  readonly payment_id: string | null;
  readonly type: string;
  readonly actor: string;
  readonly at: string;
  readonly reason: string | null;
  readonly correlation_id: string;
  readonly causation_id: string;
  /** Of an operator's change; null for everything else. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Who did what, when and why: an entry an event, newest first. @throws InvalidCursor, ReadModelUnavailable */
export async function listAudit(
  pool: Queryable,
  filter: AuditFilter,
  page: PageRequest,
): Promise<ListPage<AuditEntry>> {
  const [position] = page.cursor === null ? [] : decodeCursor(page.cursor, [POSITION_PATTERN]);
  const values: unknown[] = [
    filter.tenant,
    filter.paymentId === undefined ? null : paymentStream(filter.paymentId),
    filter.actor ?? null,
    filter.type ?? null,
    filter.from ?? null,
    filter.to ?? null,
    position ?? BEHIND_ALL,
    page.limit + 1,
  ];
  const text = select(rangeOf(filter, values));
  const rows = await queryReadModel<StoredEntry>(pool, text, values);
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  const more = rows.length > page.limit && last !== undefined;
  return { data: shown.map(entryOf), nextCursor: more ? encodeCursor(last.position) : null };
}

/** No event ever stands there. */
const BEHIND_ALL = 'f'.repeat(32);

/**
 * What lies outside the range of instants is not even read; nor is what lies between it and an event whose clock was
 * years away, as only periods of the range are looked at. Adds its values.
 */
function rangeOf({ from, to }: AuditFilter, values: unknown[]): string {
  const periods: string[] = [];
  if (from !== undefined) periods.push(`period >= $${values.push(periodOf(from))}`);
  if (to !== undefined) periods.push(`period <= $${values.push(periodOf(to))}`);
  if (periods.length === 0) return '';
  const within = `from audit_times where ${periods.join(' and ')}`;
  return `
     and position >= (select first_position ${within} order by first_position limit 1)
     and position <= (select last_position ${within} order by last_position desc limit 1)`;
}

// Ordered by the column, not by what is shown of it.
const select = (range: string) => `
  select ${POSITION} as position, event_id, stream, revision, hash, type, actor, at, reason,
         correlation_id, causation_id, before, after
    from audit_trail
   where ($1::text is null or merchant_id = $1)
     and ($2::text is null or stream = $2)
     and ($3::text is null or actor = $3)
     and ($4::text is null or type = $4)
     and ($5::timestamptz is null or at >= $5)
     and ($6::timestamptz is null or at < $6)
     and position < $7
     ${range}
   order by audit_trail.position desc
   limit $8`;

interface StoredEntry extends Omit<AuditEntry, 'payment_id' | 'at' | 'before' | 'after'> {
  readonly position: string;
  readonly at: Date;
  readonly before: string | null;
  readonly after: string | null;
}

function entryOf(row: StoredEntry): AuditEntry {
  return {
    event_id: row.event_id,
    stream: row.stream,
    revision: row.revision,
    hash: row.hash,
    payment_id: row.stream.startsWith(PAYMENT_STREAM_PREFIX) ? paymentIdOf(row.stream) : null,
    type: row.type,
    actor: row.actor,
    at: row.at.toISOString(),
    reason: row.reason,
    correlation_id: row.correlation_id,
    causation_id: row.causation_id,
    before: row.before === null ? null : JSON.parse(row.before),
    after: row.after === null ? null : JSON.parse(row.after),
  };
}
