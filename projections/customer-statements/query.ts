import { amountView, type AmountView } from '../../libs/payments/payment.view.js';
import { toCsv, type CsvColumn } from '../../libs/platform/csv.js';
import { queryReadModel, ReportTooLarge, type Queryable } from '../runner/read-model.js';

/** Lines of one statement. */
export const STATEMENT_LINES_MAX = 10_000;

export type StatementLineKind = 'capture' | 'refund' | 'chargeback' | 'reversal';

export interface StatementRequest {
  /** Only lines of this merchant's payments exist for the caller; null: of all merchants. */
  readonly tenant: string | null;
  readonly customerId: string;
  readonly currency: string;
  /** Inclusive instant, ISO 8601 in UTC; null: from the beginning. */
  readonly from: string | null;
  /** Exclusive; null: until now. */
  readonly to: string | null;
}

/** Amounts in minor units; refunds and chargebacks are negative. */
export interface StatementLine {
  readonly at: string;
  readonly payment_id: string;
  readonly kind: StatementLineKind;
  readonly amount: AmountView;
  /** After this line. */
  readonly balance: AmountView;
}

export interface Statement {
  readonly customer_id: string;
  readonly currency: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly opening_balance: AmountView;
  readonly lines: readonly StatementLine[];
  readonly closing_balance: AmountView;
}

/**
 * What a customer paid and got back in one currency, oldest first, as one consistent read.
 * @throws ReportTooLarge above STATEMENT_LINES_MAX lines, ReadModelUnavailable
 */
export async function reportStatement(
  pool: Queryable,
  request: StatementRequest,
): Promise<Statement> {
  const { tenant, customerId, currency, from, to } = request;
  const rows = await queryReadModel<StoredLine>(pool, SELECT, [
    tenant,
    customerId,
    currency,
    from,
    to,
    STATEMENT_LINES_MAX + 1,
  ]);
  // The first row is the opening balance, also when there is no line.
  const opening = BigInt(rows[0]?.opening ?? 0);
  const stored = rows.filter((row) => row.at !== null);
  if (stored.length > STATEMENT_LINES_MAX) {
    throw new ReportTooLarge(`a statement holds at most ${STATEMENT_LINES_MAX} lines`);
  }
  let balance = opening;
  const lines = stored.map((row): StatementLine => {
    const amount = BigInt(row.amount);
    balance += amount;
    return {
      at: row.at.toISOString(),
      payment_id: row.payment_id,
      kind: row.kind,
      amount: signedView(amount),
      balance: signedView(balance),
    };
  });
  return {
    customer_id: customerId,
    currency,
    from,
    to,
    opening_balance: signedView(opening),
    lines,
    closing_balance: signedView(balance),
  };
}

/** The lines with their running balance, between a line each for the opening and the closing balance. */
export function statementCsv(statement: Statement): string {
  return toCsv(STATEMENT_CSV, [
    { ...EDGE, at: statement.from, kind: 'opening', balance: statement.opening_balance },
    ...statement.lines,
    { ...EDGE, at: statement.to, kind: 'closing', balance: statement.closing_balance },
  ]);
}

interface CsvLine {
  readonly at: string | null;
  readonly payment_id: string | null;
  readonly kind: StatementLineKind | 'opening' | 'closing';
  readonly amount: AmountView | null;
  readonly balance: AmountView;
}

const EDGE = { payment_id: null, amount: null } as const;

const STATEMENT_CSV: readonly CsvColumn<CsvLine>[] = [
  { name: 'at', kind: 'plain', value: (line) => line.at },
  { name: 'payment_id', kind: 'plain', value: (line) => line.payment_id },
  { name: 'kind', kind: 'plain', value: (line) => line.kind },
  { name: 'amount', kind: 'plain', value: (line) => line.amount },
  { name: 'balance', kind: 'plain', value: (line) => line.balance },
];

interface StoredLine {
  readonly opening: string;
  readonly at: Date;
  readonly payment_id: string;
  readonly kind: StatementLineKind;
  readonly amount: string;
}

/** One statement, so that the opening balance and the lines are of one moment, also while versions are switched. */
const SELECT = `
  with line as (
    select at, position, payment_id, kind, amount
      from customer_statements
     where customer_id = $2 and currency = $3 and ($1::text is null or merchant_id = $1)
       and ($5::timestamptz is null or at < $5)
  ), shown as (
    select * from line where $4::timestamptz is null or at >= $4 order by at, position, kind limit $6
  )
  select opening.amount as opening, shown.at, shown.payment_id, shown.kind, shown.amount
    from (select coalesce(sum(amount), 0) as amount from line where at < $4::timestamptz) as opening
    left join shown on true
   order by shown.at, shown.position, shown.kind`;

function signedView(amount: bigint): AmountView {
  if (amount >= 0n) return amountView(amount);
  const view = amountView(-amount);
  return typeof view === 'number' ? -view : `-${view}`;
}
