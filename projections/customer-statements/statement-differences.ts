import type { AmountView } from '../../libs/payments/payment.view.js';
import { STATEMENT_LINES_MAX } from './query.js';
import type { Statement, StatementLine } from './statement.js';

/**
 * What a statement says that the events don't, a sentence each; none where all agrees. The hash is compared last: where
 * every figure agrees it tells of events that were others when the statement was made.
 */
export function statementDifferences(given: Statement, fromLog: Statement): readonly string[] {
  const found = lineDifferences(given.lines, fromLog.lines);
  const say = (what: string, says: AmountView, gives: AmountView) => {
    if (says !== gives) found.push(`${what} is ${says}, the events give ${gives}`);
  };
  say('opening_balance', given.opening_balance, fromLog.opening_balance);
  say('closing_balance', given.closing_balance, fromLog.closing_balance);
  const { proof } = given;
  say('proof.from', proof.from, fromLog.proof.from);
  say('proof.opening_events', proof.opening_events, fromLog.proof.opening_events);
  say('proof.events', proof.events, fromLog.proof.events);
  say('proof.opening_hash', proof.opening_hash, fromLog.proof.opening_hash);
  if (proof.hash !== fromLog.proof.hash) {
    found.push(
      found.length > 0
        ? `proof.hash is ${proof.hash}, the events give ${fromLog.proof.hash}`
        : `proof.hash is ${proof.hash}, the events give ${fromLog.proof.hash}: every figure agrees, so this hash or an event behind the figures was altered, or who and when it is for`,
    );
  }
  return found;
}

type Lines = readonly StatementLine[];

/** Walks both side by side; after a line that only one has, the others still meet. */
function lineDifferences(given: Lines, fromLog: Lines): string[] {
  const found: string[] = [];
  const left = new Map(fromLog.map((line) => [eventOf(line), line]));
  const extra: { readonly line: StatementLine; readonly number: number }[] = [];
  let last = -1;
  const order = new Map(fromLog.map((line, index) => [eventOf(line), index]));
  given.forEach((line, index) => {
    const number = index + 1;
    const twin = left.get(eventOf(line));
    if (twin === undefined) {
      extra.push({ line, number });
      return;
    }
    left.delete(eventOf(line));
    for (const field of FIELDS) {
      if (line[field] === twin[field]) continue;
      found.push(`line ${number}: ${field} is ${line[field]}, the event gives ${twin[field]}`);
    }
    const at = order.get(eventOf(line)) ?? -1;
    if (at < last) found.push(`line ${number}: stands behind a later one`);
    last = Math.max(last, at);
  });
  for (const { line, number } of extra) {
    found.push(
      `line ${number}: no event gives a ${line.kind} of ${line.amount} (${eventOf(line)})`,
    );
  }
  for (const line of left.values()) {
    found.push(
      `a line is missing: ${line.kind} of ${line.amount} at ${line.at} (${eventOf(line)})`,
    );
  }
  if (given.length > STATEMENT_LINES_MAX) found.push('it has more lines than a statement may have');
  return found;
}

const FIELDS = ['at', 'amount', 'balance'] as const;

/** What an event gives one line of. */
function eventOf({ payment_id: paymentId, revision, kind }: StatementLine): string {
  return `payment-${paymentId}, revision ${revision}, ${kind}`;
}
