import { paymentStream } from '../../libs/payments/payment.stream.js';
import type { RowDifference } from '../runner/differing-rows.js';

/** Where a row comes from in the log, as far as the row itself tells, and what is wrong with it. */
export function rowFinding({ table, key, what, columns, row }: RowDifference): {
  readonly where: { readonly stream: string | null; readonly position: string | null };
  readonly message: string;
} {
  const paymentId = row['payment_id'] ?? (table.startsWith('payment_history_') ? row['id'] : null);
  const stream =
    row['stream'] ??
    (paymentId === null || paymentId === undefined ? null : paymentStream(paymentId));
  return {
    where: { stream, position: row['position']?.replaceAll('-', '') ?? null },
    message: `${table}: row ${key} ${sentenceOf(what, columns)}`,
  };
}

function sentenceOf(what: RowDifference['what'], columns: readonly string[]): string {
  switch (what) {
    case 'missing':
      return 'is missing, the events give it';
    case 'too many':
      return 'stands there, the events give none';
    case 'differs':
      return `differs from what the events give, in ${columns.join(', ')}`;
  }
}
