import type { Json, RecordedEvent } from '../../libs/event-store/event-store.js';
import { paymentIdOf } from '../../libs/payments/payment.stream.js';
import { paymentStreamOf } from '../runner/payment-state.js';
import { versionTable, type ProjectionCode, type Step } from '../runner/projection.js';
import { columnArrays, selectColumns } from '../runner/columns.js';

const TABLE = 'reviews';

type ReviewRow = readonly [
  paymentId: string,
  revision: string,
  since: string,
  origin: string,
  reasons: string,
];

/** Why and since when a person is asked. Whether still, the payment's own status says: one place for one truth. */
export const reviews: ProjectionCode<never, ReviewRow> = {
  name: 'reviews',
  schemaVersion: 1,
  tables: [TABLE],
  // A row follows from its own event.
  keyOf: () => null,
  project,
  write: ({ rows }, version) => {
    // One statement can't touch a row twice: of a payment the last asking is left.
    const latest = [...new Map(rows.map((row) => [row[0], row])).values()];
    if (latest.length === 0) return [];
    const table = versionTable(TABLE, version);
    return [{ name: `write-${table}`, text: upsert(table), values: columnArrays(latest, COLUMNS) }];
  },
};

const COLUMNS = [
  ['payment_id', 'text'],
  ['revision', 'integer'],
  ['since', 'timestamptz'],
  ['origin', 'text'],
  ['reasons', 'text'],
] as const;

function project(_state: null, event: RecordedEvent): Step<never, ReviewRow> {
  const stream = paymentStreamOf(event);
  if (stream === null || event.type !== 'ReviewRequested') return { state: null, rows: [] };
  const { origin, reasons } = event.data;
  const row: ReviewRow = [
    paymentIdOf(stream),
    String(event.revision),
    event.metadata.at,
    textOf(origin),
    JSON.stringify(reasons ?? []),
  ];
  return { state: null, rows: [row] };
}

function upsert(table: string): string {
  const names = COLUMNS.map(([name]) => name);
  const changing = names.filter((name) => name !== 'payment_id');
  return `
    insert into ${table} as stored (${names.join(', ')})
    ${selectColumns(COLUMNS)}
    on conflict (payment_id) do update
       set ${changing.map((name) => `${name} = excluded.${name}`).join(', ')}
     where stored.revision < excluded.revision`;
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
