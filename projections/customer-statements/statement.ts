import { hash as digest } from 'node:crypto';
import type { Position } from '../../libs/event-store/event-store.js';
import { LOG_START } from '../../libs/event-store/event-store.js';
import { amountView, type AmountView } from '../../libs/payments/payment.view.js';
import { toCsv, type CsvColumn } from '../../libs/platform/csv.js';

export const STATEMENT_LINE_KINDS = ['capture', 'refund', 'chargeback', 'reversal'] as const;
export type StatementLineKind = (typeof STATEMENT_LINE_KINDS)[number];

/** What a statement is asked for. */
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
  /** Of the payment's event that moved the money. */
  readonly revision: number;
  readonly kind: StatementLineKind;
  readonly amount: AmountView;
  /** After this line. */
  readonly balance: AmountView;
}

/** From which events a statement was computed; docs/statements.md says how to compute it again. */
export interface StatementProof {
  readonly log_id: string;
  /** Positions of the log with its id before them: all events behind the first, up to the second. */
  readonly from: string;
  readonly to: string;
  /** Events that moved money before the first line, and the hex SHA-256 over their hashes. */
  readonly opening_events: number;
  readonly opening_hash: string;
  /** Events that moved money, those before the first line included. */
  readonly events: number;
  /** Hex SHA-256 over all figures and over the hashes of the lines' events. */
  readonly hash: string;
}

export interface Statement {
  /** Whose payments it shows; null: those of all merchants. */
  readonly merchant_id: string | null;
  readonly customer_id: string;
  readonly currency: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly opening_balance: AmountView;
  readonly lines: readonly StatementLine[];
  readonly closing_balance: AmountView;
  readonly proof: StatementProof;
}

/** A movement of the customer's money, and the hash of the event that tells of it. */
export interface Movement {
  readonly at: string;
  readonly paymentId: string;
  readonly revision: number;
  readonly kind: StatementLineKind;
  /** Minor units, signed. */
  readonly amount: bigint;
  readonly hash: string;
}

/** What came before the first line. */
export interface Opening {
  readonly amount: bigint;
  readonly events: number;
  readonly hash: string;
}

/** The statement of these movements, which are in order; computed from the log up to the position. */
export function makeStatement(
  request: StatementRequest,
  log: { readonly logId: string; readonly position: Position },
  moved: { readonly opening: Opening; readonly movements: readonly Movement[] },
): Statement {
  const { logId, position } = log;
  const { opening, movements } = moved;
  let balance = opening.amount;
  const lines = movements.map(({ at, paymentId, revision, kind, amount }): StatementLine => {
    balance += amount;
    const [moves, stands] = [signedView(amount), signedView(balance)];
    return { at, payment_id: paymentId, revision, kind, amount: moves, balance: stands };
  });
  const figures = {
    merchant_id: request.tenant,
    customer_id: request.customerId,
    currency: request.currency,
    from: request.from,
    to: request.to,
    opening_balance: signedView(opening.amount),
    lines,
    closing_balance: signedView(balance),
  };
  const proof = {
    log_id: logId,
    from: `${logId}.${LOG_START}`,
    to: `${logId}.${position}`,
    opening_events: opening.events,
    opening_hash: opening.hash,
    events: opening.events + movements.length,
  };
  const hashes = movements.map(({ hash }) => hash);
  return { ...figures, proof: { ...proof, hash: statementHash({ ...figures, proof }, hashes) } };
}

type Unhashed = Omit<Statement, 'proof'> & { readonly proof: Omit<StatementProof, 'hash'> };

/** Hex SHA-256 over one line of JSON for the head, each statement line with its event's hash, and the end. */
function statementHash(statement: Unhashed, hashes: readonly string[]): string {
  const { proof, lines } = statement;
  const text = [
    JSON.stringify([
      'tillstream-statement-1',
      proof.from,
      proof.to,
      statement.merchant_id,
      statement.customer_id,
      statement.currency,
      statement.from,
      statement.to,
    ]),
    JSON.stringify([statement.opening_balance, proof.opening_events, proof.opening_hash]),
    ...lines.map(({ at, payment_id: paymentId, revision, kind, amount, balance }, index) =>
      JSON.stringify([at, paymentId, revision, kind, amount, balance, hashes[index] ?? null]),
    ),
    JSON.stringify([statement.closing_balance, proof.events]),
  ];
  return sha256(text);
}

/** Over the hashes of events, in order. */
export function openingHash(hashes: readonly string[]): string {
  return sha256(hashes);
}

/** Each text with a line feed behind it. */
function sha256(texts: readonly string[]): string {
  return digest('sha256', texts.map((text) => `${text}\n`).join(''), 'hex');
}

/** The lines with their running balance, between a line each for the opening and the closing balance. */
export function statementCsv(statement: Statement): string {
  const { merchant_id, customer_id, currency, proof } = statement;
  return toCsv(STATEMENT_CSV, [
    { ...EDGE, at: statement.from, kind: 'opening', balance: statement.opening_balance },
    ...statement.lines,
    {
      ...EDGE,
      at: statement.to,
      kind: 'closing',
      balance: statement.closing_balance,
      // JSON, so that it is one cell, and no formula.
      proof: JSON.stringify({ merchant_id, customer_id, currency, ...proof }),
    },
  ]);
}

interface CsvLine {
  readonly at: string | null;
  readonly payment_id: string | null;
  readonly kind: StatementLineKind | 'opening' | 'closing';
  readonly amount: AmountView | null;
  readonly balance: AmountView;
  readonly revision: number | null;
  readonly proof?: string;
}

const EDGE = { payment_id: null, amount: null, revision: null } as const;

export const STATEMENT_CSV: readonly CsvColumn<CsvLine>[] = [
  { name: 'at', kind: 'plain', value: (line) => line.at },
  { name: 'payment_id', kind: 'plain', value: (line) => line.payment_id },
  { name: 'kind', kind: 'plain', value: (line) => line.kind },
  { name: 'amount', kind: 'plain', value: (line) => line.amount },
  { name: 'balance', kind: 'plain', value: (line) => line.balance },
  { name: 'revision', kind: 'plain', value: (line) => line.revision },
  { name: 'proof', kind: 'plain', value: (line) => line.proof ?? null },
];

/** Minor units as clients see them, with their sign. */
export function signedView(amount: bigint): AmountView {
  if (amount >= 0n) return amountView(amount);
  const view = amountView(-amount);
  return typeof view === 'number' ? -view : `-${view}`;
}
