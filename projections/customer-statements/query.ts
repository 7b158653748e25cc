import type { Position } from '../../libs/event-store/event-store.js';
import type { GroupedQuestions } from '../../libs/platform/grouped-questions.js';
import type { Queryable } from '../../libs/platform/queryable.js';
import { groupedQuery } from '../runner/grouped-query.js';
import { ReadModelUnavailable, ReportTooLarge, type ReadQuery } from '../runner/read-model.js';
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
/** Statements of one query: under load a round trip is paid once for them. */
const STATEMENTS_PER_QUERY_MAX = 8;

/** What a customer paid and got back in one currency, oldest first, as one consistent read. */
export class Statements {
  readonly #ofMerchant: Groups;
  readonly #ofEveryone: Groups;

  constructor(pool: Queryable) {
    this.#ofMerchant = groupsOf(pool, 'of-merchant');
    this.#ofEveryone = groupsOf(pool, 'of-everyone');
  }

  /** @throws ReportTooLarge above STATEMENT_LINES_MAX lines, ReadModelUnavailable */
  async report(request: StatementRequest): Promise<Statement> {
    const groups = request.tenant === null ? this.#ofEveryone : this.#ofMerchant;
    const stored = await (request.from === null ? groups.whole : groups.since).ask(request);
    if (stored === null) throw new ReadModelUnavailable('the read model has no version');
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
}

type Group = GroupedQuestions<StatementRequest, StoredStatement | null>;

interface Groups {
  readonly whole: Group;
  readonly since: Group;
}

/** A query for each kind of request: one plan has to be good for all that share it. */
function groupsOf(pool: Queryable, whose: keyof typeof LINES_OF): Groups {
  const group = (range: keyof typeof RANGES) =>
    groupOf(pool, {
      name: `statements-${whose}-${range}`,
      text: select(LINES_OF[whose], RANGES[range]),
    });
  return { whole: group('whole'), since: group('since') };
}

function groupOf(pool: Queryable, query: ReadQuery): Group {
  return groupedQuery(pool, query, {
    perQueryMax: STATEMENTS_PER_QUERY_MAX,
    columnsOf: (requests: readonly StatementRequest[]) => [
      requests.map(({ tenant }) => tenant),
      requests.map(({ customerId }) => customerId),
      requests.map(({ currency }) => currency),
      requests.map(({ from }) => from),
      requests.map(({ to }) => to),
    ],
  });
}

interface StoredStatement {
  /** Which of the group's statements it is, from 1. */
  readonly nth: number;
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
 * One SQL statement, so that the position, the opening balances and the lines are of one moment, also while versions are
 * switched. The lines' order is that of statement-from-log.ts.
 */
function select({ merchant, order }: LinesOf, { shown, opening }: Range): string {
  return `
  with model as (
    select v.log_id, v.position as upto
      from projections p join projection_versions v on v.name = p.name and v.version = p.active_version
     where p.name = 'customer-statements'
  )
  select asked.nth::integer as nth, model.log_id, model.upto, statement.*
    from model
   cross join unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
         with ordinality as asked(tenant, customer_id, currency, since, upto, nth)
   cross join lateral (
     with line as not materialized (
       select line.at, position, payment_id, revision, kind, amount, hash
         from customer_statements line
        where line.customer_id = asked.customer_id and line.currency = asked.currency
          ${merchant} and line.at < coalesce(asked.upto, 'infinity')
     ), shown as (
       select * from line ${shown} ${order} limit ${STATEMENT_LINES_MAX + 1}
     ), opening as (${opening})
     select opening.amount as opening, opening.events as opening_events, opening.hash as opening_hash,
            (select string_agg(${LINE}, E'\\n' order by at, position, kind) from shown) as lines
       from opening
   ) statement`;
}

interface LinesOf {
  readonly merchant: string;
  readonly order: string;
}

const LINES_OF = {
  'of-merchant': {
    merchant: 'and line.merchant_id = asked.tenant',
    order: 'order by at, position, kind',
  },
  // The index has them merchant by merchant. Of more than a statement holds any will do: it is refused.
  'of-everyone': { merchant: '', order: '' },
} as const satisfies Record<string, LinesOf>;

interface Range {
  readonly shown: string;
  readonly opening: string;
}

const RANGES = {
  whole: {
    shown: '',
    opening: `select 0 as amount, 0 as events, encode(sha256(''), 'hex') as hash`,
  },
  since: {
    shown: 'where at >= asked.since',
    opening: `select coalesce(sum(amount), 0) as amount, count(*)::integer as events,
            encode(sha256(convert_to(
              coalesce(string_agg(hash || E'\\n', '' order by at, position, kind), ''), 'UTF8')), 'hex') as hash
       from line where at < asked.since`,
  },
} as const satisfies Record<string, Range>;
