import type { Json, RecordedEvent } from '../../libs/event-store/event-store.js';
import { paymentStreamOf } from '../runner/payment-state.js';
import { versionTable, type ProjectionCode, type Step } from '../runner/projection.js';
import { behindNewest, columnArrays, selectColumns } from '../runner/columns.js';
import { AUDIT_TIMES, writeTimes } from './audit-times.js';

const TABLE = 'audit_trail';

type AuditRow = readonly (string | null)[];

/** State: the merchant of a payment, which only its first event names. */
export const auditTrail: ProjectionCode<string, AuditRow> = {
  name: 'audit-trail',
  schemaVersion: 4,
  tables: [TABLE, AUDIT_TIMES],
  keyOf: paymentStreamOf,
  project,
  write: ({ rows }, version) => {
    if (rows.length === 0) return [];
    const table = versionTable(TABLE, version);
    const values = columnArrays(rows, COLUMNS);
    return [
      { name: `write-${table}`, text: insert(table), values },
      writeTimes(placesOf(rows), version),
    ];
  },
};

const COLUMNS = [
  ['position', 'uuid'],
  ['event_id', 'uuid'],
  ['stream', 'text'],
  ['revision', 'integer'],
  ['hash', 'text'],
  ['merchant_id', 'text'],
  ['type', 'text'],
  ['actor', 'text'],
  ['at', 'timestamptz'],
  ['reason', 'text'],
  ['correlation_id', 'text'],
  ['causation_id', 'text'],
  ['before', 'text'],
  ['after', 'text'],
] as const;

const [POSITION, AT] = ['position', 'at'].map((name) =>
  COLUMNS.findIndex(([column]) => column === name),
) as [number, number]; // reason: as many as there are names

/** Every event is a row, known or not: an audit leaves nothing out. */
function project(state: string | null, event: RecordedEvent): Step<string, AuditRow> {
  const { data, metadata } = event;
  // Entries of other streams (keys) are no merchant's business.
  const merchantId = paymentStreamOf(event) === null ? null : (state ?? textOf(data['merchantId']));
  const row: AuditRow = [
    event.position,
    event.id,
    event.stream,
    String(event.revision),
    metadata.hash,
    merchantId,
    event.type,
    metadata.actor,
    metadata.at,
    textOf(data['reason']),
    metadata.correlationId,
    metadata.causationId,
    jsonOf(data['before']),
    jsonOf(data['after']),
  ];
  return { state: merchantId, rows: [row] };
}

function placesOf(rows: readonly AuditRow[]) {
  return rows.map((row) => ({ position: row[POSITION] ?? '', at: row[AT] ?? '' }));
}

/** A position never has another event, so a row that is there already is the same one. */
function insert(table: string): string {
  const names = COLUMNS.map(([name]) => name).join(', ');
  return `
    insert into ${table} (${names})
    ${selectColumns(COLUMNS)}
     where ${behindNewest(table)}`;
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function jsonOf(value: Json | undefined): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
