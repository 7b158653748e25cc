import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import type { Payment } from '../../libs/payments/payment.state.js';
import { viewOf } from '../../libs/payments/payment.view.js';
import { nextPayment, paymentStreamOf } from '../runner/payment-state.js';
import { versionTable, type Batch, type ProjectionCode } from '../runner/projection.js';
import { columnArrays, selectColumns } from '../runner/columns.js';

const TABLE = 'payment_history';

export const paymentHistory: ProjectionCode<Payment, never> = {
  name: 'payment-history',
  schemaVersion: 5,
  tables: [TABLE],
  keyOf: paymentStreamOf,
  project: (state, event: RecordedEvent) => ({ state: nextPayment(state, event), rows: [] }),
  write: ({ states }: Batch<Payment, never>, version) => {
    if (states.size === 0) return [];
    const table = versionTable(TABLE, version);
    const rows = [...states.values()].map(columnsOf);
    return [
      {
        name: `write-${table}`,
        text: upsert(table),
        values: columnArrays(rows, COLUMNS),
      },
    ];
  },
};

/** Names with their types, in the order of `columnsOf`. */
const COLUMNS = [
  ['id', 'text'],
  ['merchant_id', 'text'],
  ['customer_id', 'text'],
  ['order_id', 'text'],
  ['status', 'text'],
  ['currency', 'text'],
  ['amount', 'numeric'],
  ['amount_authorized', 'numeric'],
  ['amount_captured', 'numeric'],
  ['amount_refunded', 'numeric'],
  ['amount_charged_back', 'numeric'],
  ['created_at', 'timestamptz'],
  ['updated_at', 'timestamptz'],
  ['revision', 'integer'],
  ['open_operation', 'text'],
  ['open_since', 'timestamptz'],
  ['view', 'text'],
] as const;

function columnsOf(payment: Payment): readonly (string | null)[] {
  const view = viewOf(payment);
  return [
    payment.id,
    payment.merchantId,
    payment.customerId,
    payment.orderId,
    payment.status,
    payment.currency,
    payment.amount.toString(),
    payment.amountAuthorized.toString(),
    payment.amountCaptured.toString(),
    payment.amountRefunded.toString(),
    payment.amountChargedBack.toString(),
    payment.createdAt,
    payment.updatedAt,
    String(payment.revision),
    view.open_operation?.state ?? null,
    view.open_operation?.since ?? null,
    JSON.stringify(view),
  ];
}

function upsert(table: string): string {
  const names = COLUMNS.map(([name]) => name);
  const changing = names.filter((name) => name !== 'id');
  return `
    insert into ${table} as stored (${names.join(', ')})
    ${selectColumns(COLUMNS)}
    on conflict (id) do update set ${changing.map((name) => `${name} = excluded.${name}`).join(', ')}
     where stored.revision < excluded.revision`;
}
