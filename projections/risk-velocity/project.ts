import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import type { PaymentEvent } from '../../libs/payments/payment.events.js';
import { UnknownEventError, upcast } from '../../libs/payments/payment.upcasters.js';
import { minuteOf, VELOCITY_KEPT_S, windowStart } from '../../libs/risk/velocity-counter.js';
import { VELOCITY_DIMENSIONS, velocityKey } from '../../libs/risk/velocity-keys.js';
import { paymentStreamOf } from '../runner/payment-state.js';
import {
  versionTable,
  type ProjectionCode,
  type Statement,
  type Step,
} from '../runner/projection.js';
import { columnArrays, selectColumns } from '../runner/columns.js';

const COUNTS = 'risk_velocity';

/** What a payment's attempts count under: keys only, no token. Amount as decimal text of minor units. */
export interface AttemptKeys {
  readonly revision: number;
  readonly merchantId: string;
  readonly keys: { readonly [dimension: string]: string };
  readonly amount: string;
  readonly currency: string;
}

/** One attempt under one key. */
export interface CountedAttempt {
  readonly dimension: string;
  readonly key: string;
  readonly minute: string;
  readonly currency: string;
  readonly amount: string;
  readonly position: string;
}

export const riskVelocity: ProjectionCode<AttemptKeys, CountedAttempt> = {
  name: 'risk-velocity',
  schemaVersion: 3,
  tables: [COUNTS],
  // The newest attempt is never pruned, so both versions draw the line at the same minute.
  kept: {
    [COUNTS]: `minute >= (select max(minute) from ${COUNTS}_vN) - interval '${VELOCITY_KEPT_S} s'`,
  },
  // All other events are no attempts: nothing is loaded for them.
  keyOf: (event) =>
    event.type === 'PaymentInitiated' || event.type === 'RetryRequested'
      ? paymentStreamOf(event)
      : null,
  project,
  write: ({ rows }, version) => statements(rows, versionTable(COUNTS, version)),
};

function project(
  state: AttemptKeys | null,
  event: RecordedEvent,
): Step<AttemptKeys, CountedAttempt> {
  if (paymentStreamOf(event) === null) return { state, rows: [] };
  if (state !== null && event.revision <= state.revision) return { state, rows: [] };
  const attempt = attemptOf(state, event);
  if (attempt === null) return { state, rows: [] };
  const { keys, amount, currency } = attempt;
  const minute = minuteOf(event.metadata.at);
  const { position } = event;
  const rows = Object.entries(keys).map(([dimension, key]) => {
    return { dimension, key, minute, currency, amount, position };
  });
  return { state: attempt, rows };
}

/** The attempt that an event begins; null: it begins none, or a newer release wrote it. */
function attemptOf(state: AttemptKeys | null, event: RecordedEvent): AttemptKeys | null {
  const { revision } = event;
  const past = pastEvent(event);
  if (past?.type === 'PaymentInitiated') {
    const { merchantId, amount, currency, paymentMethod } = past.data;
    const parts = { ...past.data, token: paymentMethod.token };
    const keys: Record<string, string> = {};
    for (const dimension of VELOCITY_DIMENSIONS) {
      const key = velocityKey(dimension, parts);
      if (key !== null) keys[dimension] = key;
    }
    return { revision, merchantId, keys, amount, currency };
  }
  if (past?.type !== 'RetryRequested' || state === null) return null;
  const { paymentMethod } = past.data;
  if (paymentMethod === null) return { ...state, revision };
  const parts = { merchantId: state.merchantId, customerId: null, customerIpHash: null };
  const token = velocityKey('token', { ...parts, token: paymentMethod.token });
  return { ...state, revision, keys: token === null ? state.keys : { ...state.keys, token } };
}

function pastEvent(event: RecordedEvent): PaymentEvent | null {
  try {
    return upcast(event);
  } catch (error) {
    if (error instanceof UnknownEventError) return null;
    throw error;
  }
}

const COLUMNS = [
  ['dimension', 'text'],
  ['key', 'text'],
  ['minute', 'timestamptz'],
  ['currency', 'text'],
  ['attempts', 'bigint'],
  ['amount', 'numeric'],
  ['position', 'text'],
] as const;

/** Attempts that are too old already are not written: no statement may write a row and take it out as well. */
function statements(rows: readonly CountedAttempt[], table: string): readonly Statement[] {
  if (rows.length === 0) return [];
  const newest = rows.reduce((latest, { minute }) => (minute > latest ? minute : latest), '');
  const since = windowStart(newest, VELOCITY_KEPT_S);
  const kept = rows.filter(({ minute }) => minute >= since);
  return [
    writeCounts(kept, table),
    prune(table, { since, rowsMax: rows.length * PRUNED_PER_ADDED }),
  ];
}

function writeCounts(rows: readonly CountedAttempt[], table: string): Statement {
  const names = COLUMNS.map(([name]) => name).join(', ');
  const text = `
    insert into ${table} as stored (${names})
    ${selectColumns(COLUMNS)}
    on conflict (dimension, key, minute, currency) do update
       set attempts = stored.attempts + excluded.attempts,
           amount = stored.amount + excluded.amount,
           position = excluded.position
     where stored.position < excluded.position`;
  return { name: `write-${table}`, text, values: columnArrays(summed(rows), COLUMNS) };
}

/** More than a batch adds, so that pruning keeps up; bounded, as the log's readers wait for what writes. */
const PRUNED_PER_ADDED = 2;

/** Takes out some of the rows that no window of a rule reaches any more. */
function prune(
  table: string,
  { since, rowsMax }: { readonly since: string; readonly rowsMax: number },
): Statement {
  const text = `
    delete from ${table} where ctid = any (array(
      select ctid from ${table} where minute < $1::timestamptz order by minute limit $2::integer))`;
  return { name: `prune-${table}`, text, values: [since, rowsMax] };
}

/** One statement can't touch a row twice, so what falls into one minute is added up before. */
function summed(attempts: readonly CountedAttempt[]): readonly (readonly string[])[] {
  const sums = new Map<string, Sum>();
  for (const attempt of attempts) {
    const { dimension, key, minute, currency, amount, position } = attempt;
    // The key comes last: it alone could hold a line break.
    const bucket = `${dimension}\n${minute}\n${currency}\n${key}`;
    const sum = sums.get(bucket);
    if (sum === undefined) {
      sums.set(bucket, { first: attempt, attempts: 1, amount: BigInt(amount), position });
    } else {
      sum.attempts += 1;
      sum.amount += BigInt(amount);
      sum.position = position;
    }
  }
  return [...sums.values()].map(({ first, attempts, amount, position }) => [
    first.dimension,
    first.key,
    first.minute,
    first.currency,
    String(attempts),
    amount.toString(),
    position,
  ]);
}

interface Sum {
  readonly first: CountedAttempt;
  attempts: number;
  amount: bigint;
  /** Of the last attempt. */
  position: string;
}
