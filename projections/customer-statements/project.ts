import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import type { Payment } from '../../libs/payments/payment.state.js';
import { nextPayment, paymentStreamOf } from '../runner/payment-state.js';
import {
  versionTable,
  type Batch,
  type ProjectionCode,
  type Statement,
  type Step,
} from '../runner/projection.js';
import { behindNewest, columnArrays, selectColumns } from '../runner/columns.js';

const LINES = 'customer_statements';

type LineKind = 'capture' | 'refund' | 'chargeback' | 'reversal';
type LineRow = readonly (string | null)[];

/** A payment without a customer has no lines, whatever happens to it; only that is remembered of it. */
const NO_CUSTOMER = 'no customer';
type StatementState = Payment | typeof NO_CUSTOMER;

export const customerStatements: ProjectionCode<StatementState, LineRow> = {
  name: 'customer-statements',
  schemaVersion: 4,
  tables: [LINES],
  keyOf: paymentStreamOf,
  project,
  write: (batch, version) => writeLines(batch, versionTable(LINES, version)),
};

/** The lines are what the event changed in the payment's totals, so they add up to them whatever the event was. */
function project(
  state: StatementState | null,
  event: RecordedEvent,
): Step<StatementState, LineRow> {
  if (state === NO_CUSTOMER) return { state, rows: [] };
  const after = nextPayment(state, event);
  if (after === null || after === state) return { state: after, rows: [] };
  if (after.customerId === null) return { state: NO_CUSTOMER, rows: [] };
  const rows = [...movements(state, after)].map(([kind, amount]) => [
    event.position,
    kind,
    event.metadata.at,
    after.id,
    after.merchantId,
    after.customerId,
    after.currency,
    amount.toString(),
    String(event.revision),
    event.metadata.hash,
  ]);
  return { state: after, rows };
}

/** Signed amounts by kind: what came in is positive, what went back negative. */
function movements(before: Payment | null, after: Payment): ReadonlyMap<LineKind, bigint> {
  const captured = after.amountCaptured - (before?.amountCaptured ?? 0n);
  const refunded = after.amountRefunded - (before?.amountRefunded ?? 0n);
  const chargedBack = after.amountChargedBack - (before?.amountChargedBack ?? 0n);
  const lines = new Map<LineKind, bigint>();
  const add = (kind: LineKind, amount: bigint) => {
    if (amount !== 0n) lines.set(kind, (lines.get(kind) ?? 0n) + amount);
  };
  // An approval that is taken out of the totals again gives back what it had brought.
  add(captured > 0n ? 'capture' : 'refund', captured);
  // A refund that failed after it had succeeded takes itself back: a positive line.
  add('refund', -refunded);
  add(chargedBack > 0n ? 'chargeback' : 'reversal', -chargedBack);
  return lines;
}

const LINE_COLUMNS = [
  ['position', 'text'],
  ['kind', 'text'],
  ['at', 'timestamptz'],
  ['payment_id', 'text'],
  ['merchant_id', 'text'],
  ['customer_id', 'text'],
  ['currency', 'text'],
  ['amount', 'numeric'],
  ['revision', 'integer'],
  ['hash', 'text'],
] as const;

function writeLines({ rows }: Batch<StatementState, LineRow>, table: string): Statement[] {
  if (rows.length === 0) return [];
  const names = LINE_COLUMNS.map(([name]) => name).join(', ');
  const text = `
    insert into ${table} (${names})
    ${selectColumns(LINE_COLUMNS)}
     where ${behindNewest(table)}`;
  return [{ name: `write-${table}`, text, values: columnArrays(rows, LINE_COLUMNS) }];
}
