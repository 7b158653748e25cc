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
  const rows = await queryReadModel<StoredStatement>(pool, from === null ? OF_ALL : SINCE, values);
  const [stored] = rows;
  if (stored === undefined) throw new ReadModelUnavailable('the read model has no version');
  const movements = stored.lines === null ? [] : stored.lines.split('\n').map(movement);
  if (movements.length > STATEMENT_LINES_MAX) {
    throw new ReportTooLarge(`a statement holds at most ${STATEMENT_LINES_MAX} lines`);
  }
  const { log_id: logId, upto: position } = stored;
  const opening = {
    amount: BigInt(stored.opening),
    events: stored.opening_events,
    hash: stored.opening_hash,
  };
  return makeStatement(request, { logId, position }, { opening, movements });
}

interface StoredStatement {
  readonly log_id: string;
  readonly upto: Position;
  readonly opening: string;
  readonly opening_events: number;
  readonly opening_hash: string;
  /** See LINE; null: there is none. */
  readonly lines: string | null;
}

/** A line as one text: rows with a column for each part cost the driver more than all that is made of them. */
const LINE = `concat_ws(' ', (date_part('epoch', at) * 1000)::bigint, revision, kind, amount, hash, payment_id)`;

function movement(line: string): Movement {
  const [atMs, revision, kind, amount = '', hash = '', paymentId = ''] = line.split(' ');
  return {
    at: new Date(Number(atMs)).toISOString(),
    paymentId,
    revision: Number(revision),
    kind: kind as StatementLineKind, // reason: the table holds no other
    amount: BigInt(amount),
    hash,
  };
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
         opening.hash as opening_hash,
         (select string_agg(${LINE}, E'\\n' order by at, position, kind) from shown) as lines
    from model cross join opening`;
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
