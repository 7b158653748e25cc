import type { Position } from '../../libs/event-store/event-store.js';
import {
  queryReadModel,
  ReadModelUnavailable,
  ReportTooLarge,
  type Queryable,
} from '../runner/read-model.js';
import {
  makeStatement,
  type Movement,
  type Statement,
  type StatementLineKind,
  type StatementRequest,
} from './statement.js';

export { statementCsv, type Statement, type StatementRequest } from './statement.js';

/** Lines of one statement. */
export const STATEMENT_LINES_MAX = 10_000;

/**
 * What a customer paid and got back in one currency, oldest first, as one consistent read.
 * @throws ReportTooLarge above STATEMENT_LINES_MAX lines, ReadModelUnavailable
 */
export async function reportStatement(
  pool: Queryable,
  request: StatementRequest,
): Promise<Statement> {
  const { tenant, customerId, currency, from, to } = request;
  const values = [tenant, customerId, currency, to, ...(from === null ? [] : [from])];
  const rows = await queryReadModel<StoredLine>(pool, from === null ? OF_ALL : SINCE, values);
  // The first row is the opening balance, also when there is no line.
  const [first] = rows;
  if (first === undefined) throw new ReadModelUnavailable('the read model has no version');
  const stored = rows.filter((row) => row.at !== null);
  if (stored.length > STATEMENT_LINES_MAX) {
    throw new ReportTooLarge(`a statement holds at most ${STATEMENT_LINES_MAX} lines`);
  }
  const { log_id: logId, upto: position } = first;
  const opening = {
    amount: BigInt(first.opening),
    events: first.opening_events,
    hash: first.opening_hash,
  };
  return makeStatement(request, { logId, position }, { opening, movements: stored.map(movement) });
}

interface StoredLine {
  readonly log_id: string;
  readonly upto: Position;
  readonly opening: string;
  readonly opening_events: number;
  readonly opening_hash: string;
  readonly at: Date;
  readonly payment_id: string;
  readonly revision: number;
  readonly kind: StatementLineKind;
  readonly amount: string;
  readonly hash: string;
}

function movement({ at, payment_id: paymentId, revision, kind, amount, hash }: StoredLine) {
  return {
    at: at.toISOString(),
    paymentId,
    revision,
    kind,
    amount: BigInt(amount),
    hash,
  } satisfies Movement;
}

/**
 * One statement, so that the position, the opening balance and the lines are of one moment, also while versions are
 * switched. The lines' order is that of statement-from-log.ts.
 */
function select(shown: string, opening: string): string {
  return `
  with model as (
    select v.log_id, v.position as upto
      from projections p join projection_versions v on v.name = p.name and v.version = p.active_version
     where p.name = 'customer-statements'
  ), line as (
    select at, position, payment_id, revision, kind, amount, hash
      from customer_statements
     where customer_id = $2 and currency = $3 and ($1::text is null or merchant_id = $1)
       and ($4::timestamptz is null or at < $4)
  ), shown as (
    select * from line ${shown} order by at, position, kind limit ${STATEMENT_LINES_MAX + 1}
  ), opening as (${opening})
  select model.log_id, model.upto, opening.amount as opening, opening.events as opening_events,
         opening.hash as opening_hash, shown.at, shown.payment_id, shown.revision, shown.kind, shown.amount,
         shown.hash
    from model cross join opening
    left join shown on true
   order by shown.at, shown.position, shown.kind`;
}

const OF_ALL = {
  name: 'statement-of-all',
  text: select('', `select 0 as amount, 0 as events, encode(sha256(''), 'hex') as hash`),
};

const SINCE = {
  name: 'statement-since',
  text: select(
    'where at >= $5::timestamptz',
    `select coalesce(sum(amount), 0) as amount, count(*)::integer as events,
            encode(sha256(convert_to(
              coalesce(string_agg(hash || E'\\n', '' order by at, position, kind), ''), 'UTF8')), 'hex') as hash
       from line where at < $5::timestamptz`,
  ),
};
