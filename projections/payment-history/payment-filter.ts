import type { PaymentStatus } from '../../libs/payments/payment-status.js';
import { decodeCursor, ID_PATTERN, INSTANT_PATTERN } from '../runner/cursor.js';

/** Instants are ISO 8601 in UTC; an absent filter lets everything through. */
export interface PaymentFilter {
  /** Only payments of this merchant exist for the caller; null: of all merchants. */
  readonly tenant: string | null;
  readonly status?: PaymentStatus | undefined;
  readonly customerId?: string | undefined;
  readonly orderId?: string | undefined;
  /** Inclusive. */
  readonly createdFrom?: string | undefined;
  /** Exclusive. */
  readonly createdTo?: string | undefined;
  readonly openOperation?: 'sent' | 'unknown' | undefined;
  /** Seconds since the open operation was sent. */
  readonly olderThanS?: number | undefined;
}

export interface Conditions {
  /** With a placeholder for each value; empty: none. */
  readonly where: string;
  readonly values: readonly unknown[];
  /** Of each value in Postgres. */
  readonly types: readonly string[];
  /** An index gives the rows that meet them in the order of the list: one plan is good for all values. */
  readonly inOrder: boolean;
}

/** Only those that are set, so that a plan is made for them alone. @throws InvalidCursor */
export function conditionsOf(filter: PaymentFilter, cursor: string | null): Conditions {
  const values: unknown[] = [];
  const types: string[] = [];
  const parts: string[] = [];
  const $ = (value: unknown, type = 'text') => {
    types.push(type);
    return `$${values.push(value)}`;
  };
  const instant = (value: string) => $(value, 'timestamptz');
  if (filter.tenant !== null) parts.push(`merchant_id = ${$(filter.tenant)}`);
  if (filter.createdFrom !== undefined) parts.push(`created_at >= ${instant(filter.createdFrom)}`);
  if (filter.createdTo !== undefined) parts.push(`created_at < ${instant(filter.createdTo)}`);
  if (cursor !== null) {
    const [at = '', id] = decodeCursor(cursor, [INSTANT_PATTERN, ID_PATTERN]);
    parts.push(`(created_at, id) < (${instant(at)}, ${$(id)})`);
  }
  const ordered = parts.length;
  if (filter.status !== undefined) parts.push(`status = ${$(filter.status)}`);
  if (filter.customerId !== undefined) parts.push(`customer_id = ${$(filter.customerId)}`);
  if (filter.orderId !== undefined) parts.push(`order_id = ${$(filter.orderId)}`);
  if (filter.openOperation !== undefined) parts.push(`open_operation = ${$(filter.openOperation)}`);
  if (filter.olderThanS !== undefined) {
    // The index has no others, which Postgres does not find out by itself.
    parts.push('open_operation is not null');
    parts.push(`open_since <= now() - make_interval(secs => ${$(filter.olderThanS, 'float8')})`);
  }
  const where = parts.length === 0 ? '' : `where ${parts.join(' and ')}`;
  return { where, values, types, inOrder: parts.length === ordered };
}

/** Pages that are asked for often; a plan for every size there is would only fill the connections. */
export const LIMITS_PLANNED: ReadonlySet<number> = new Set([20, 50, 100]);
