import { amountView, type AmountView } from '../../libs/payments/payment.view.js';
import type { PaymentStatus } from '../../libs/payments/payment-status.js';
import { toCsv, type CsvColumn } from '../../libs/platform/csv.js';
import type { Queryable } from '../../libs/platform/queryable.js';
import { encodeCursor } from '../runner/cursor.js';
import { queryReadModel, type ListPage, type PageRequest } from '../runner/read-model.js';
import { conditionsOf, LIMITS_PLANNED, type PaymentFilter } from './payment-filter.js';

export type { PaymentFilter } from './payment-filter.js';
export { PaymentLists, type PaymentList } from './payment-lists.js';

/** Rows of a history report that one answer holds; a cursor gives the rest. */
const HISTORY_ROWS_MAX = 10_000;

export interface HistoryFilter {
  readonly tenant: string | null;
  readonly customerId?: string | undefined;
  /** Inclusive, of the payment's creation. */
  readonly from?: string | undefined;
  /** Exclusive. */
  readonly to?: string | undefined;
}

/** Amounts in minor units. */
export interface HistoryRow {
  readonly payment_id: string;
  readonly customer_id: string | null;
  readonly order_id: string | null;
  readonly status: PaymentStatus;
  readonly currency: string;
  readonly amount: AmountView;
  readonly amount_authorized: AmountView;
  readonly amount_captured: AmountView;
  readonly amount_refunded: AmountView;
  readonly amount_charged_back: AmountView;
  readonly created_at: string;
  readonly updated_at: string;
}

/** One row a payment with its amounts, newest first. @throws InvalidCursor, ReadModelUnavailable */
export async function reportHistory(
  pool: Queryable,
  filter: HistoryFilter,
  page: PageRequest = { limit: HISTORY_ROWS_MAX, cursor: null },
): Promise<ListPage<HistoryRow>> {
  const { tenant, customerId, from, to } = filter;
  const rows = await select<StoredHistoryRow>(pool, HISTORY_COLUMNS, {
    filter: { tenant, customerId, createdFrom: from, createdTo: to },
    page,
  });
  return pageOf(rows.map(historyRow), page.limit, (row) =>
    encodeCursor(row.created_at, row.payment_id),
  );
}

export function historyCsv(rows: Iterable<HistoryRow>): string {
  return toCsv(HISTORY_CSV, rows);
}

const AMOUNTS = [
  'amount',
  'amount_authorized',
  'amount_captured',
  'amount_refunded',
  'amount_charged_back',
] as const;

const HISTORY_COLUMNS = `id, customer_id, order_id, status, currency, ${AMOUNTS.join(', ')}, created_at, updated_at`;

const plain = (name: keyof HistoryRow): CsvColumn<HistoryRow> => ({
  name,
  kind: 'plain',
  value: (row) => row[name],
});
const text = (name: keyof HistoryRow): CsvColumn<HistoryRow> => ({ ...plain(name), kind: 'text' });

const HISTORY_CSV: readonly CsvColumn<HistoryRow>[] = [
  plain('payment_id'),
  text('customer_id'),
  text('order_id'),
  plain('status'),
  plain('currency'),
  ...AMOUNTS.map(plain),
  plain('created_at'),
  plain('updated_at'),
];

interface StoredHistoryRow extends Record<(typeof AMOUNTS)[number], string> {
  readonly id: string;
  readonly customer_id: string | null;
  readonly order_id: string | null;
  readonly status: PaymentStatus;
  readonly currency: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

function historyRow(row: StoredHistoryRow): HistoryRow {
  return {
    payment_id: row.id,
    customer_id: row.customer_id,
    order_id: row.order_id,
    status: row.status,
    currency: row.currency,
    amount: amountView(BigInt(row.amount)),
    amount_authorized: amountView(BigInt(row.amount_authorized)),
    amount_captured: amountView(BigInt(row.amount_captured)),
    amount_refunded: amountView(BigInt(row.amount_refunded)),
    amount_charged_back: amountView(BigInt(row.amount_charged_back)),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** One row more than asked for, which says whether there is a next page. `columns` is a constant of this file. */
async function select<Row extends object>(
  pool: Queryable,
  columns: string,
  { filter, page }: { filter: PaymentFilter; page: PageRequest },
): Promise<readonly Row[]> {
  const { where, values, inOrder } = conditionsOf(filter, page.cursor);
  const text = `select ${columns} from payment_history ${where}
    order by created_at desc, id desc limit ${page.limit + 1}`;
  const planned = inOrder && LIMITS_PLANNED.has(page.limit);
  return queryReadModel<Row>(pool, planned ? { name: nameOf(text), text } : text, values);
}

const names = new Map<string, string>();

/** Postgres prepares a text under its name once a connection. */
function nameOf(text: string): string {
  const name = names.get(text) ?? `history-${names.size}`;
  names.set(text, name);
  return name;
}

function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (row: Row) => string,
): ListPage<Row> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data, nextCursor: more ? cursorOf(last) : null };
}
