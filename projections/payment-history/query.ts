import { amountView, type AmountView, type PaymentView } from '../../libs/payments/payment.view.js';
import type { PaymentStatus } from '../../libs/payments/payment-status.js';
import { toCsv, type CsvColumn } from '../../libs/platform/csv.js';
import { decodeCursor, encodeCursor, ID_PATTERN, INSTANT_PATTERN } from '../runner/cursor.js';
import {
  queryReadModel,
  type ListPage,
  type PageRequest,
  type Queryable,
} from '../runner/read-model.js';

/** Rows of a history report that one answer holds; a cursor gives the rest. */
export const HISTORY_ROWS_MAX = 10_000;

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

/** Payments as of the read model, newest first. @throws InvalidCursor, ReadModelUnavailable */
export async function listPayments(
  pool: Queryable,
  filter: PaymentFilter,
  page: PageRequest,
): Promise<ListPage<PaymentView>> {
  const rows = await select<{ view: string }>(pool, 'view', { filter, page });
  const payments = rows.map((row) => JSON.parse(row.view) as PaymentView); // reason: written by the projection
  return pageOf(payments, page.limit, (payment) => encodeCursor(payment.created_at, payment.id));
}

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

/** Unset filters fold away when the statement is planned, since it is planned with its values. */
const WHERE = `
  where ($1::text is null or merchant_id = $1)
    and ($2::text is null or status = $2)
    and ($3::text is null or customer_id = $3)
    and ($4::text is null or order_id = $4)
    and ($5::timestamptz is null or created_at >= $5)
    and ($6::timestamptz is null or created_at < $6)
    and ($7::text is null or open_operation = $7)
    and ($8::float8 is null or open_since <= now() - make_interval(secs => $8))
    and ($9::timestamptz is null or (created_at, id) < ($9, $10::text))
  order by created_at desc, id desc
  limit $11`;

/** One row more than asked for, which says whether there is a next page. `columns` is a constant of this file. */
async function select<Row extends object>(
  pool: Queryable,
  columns: string,
  { filter, page }: { filter: PaymentFilter; page: PageRequest },
): Promise<readonly Row[]> {
  const [createdAt, id] =
    page.cursor === null ? [] : decodeCursor(page.cursor, [INSTANT_PATTERN, ID_PATTERN]);
  return queryReadModel<Row>(pool, `select ${columns} from payment_history ${WHERE}`, [
    filter.tenant,
    filter.status ?? null,
    filter.customerId ?? null,
    filter.orderId ?? null,
    filter.createdFrom ?? null,
    filter.createdTo ?? null,
    filter.openOperation ?? null,
    filter.olderThanS ?? null,
    createdAt ?? null,
    id ?? null,
    page.limit + 1,
  ]);
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
