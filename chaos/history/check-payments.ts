import type { BookEntry } from '../../libs/gateways/gateway-books.js';
import { foldPayment } from '../../libs/payments/payment.fold.js';
import type { Payment } from '../../libs/payments/payment.state.js';
import { isAttempt, mayUndo, openUndoings } from '../../libs/payments/payment.totals.js';
import { viewOf } from '../../libs/payments/payment.view.js';
import type { Evidence, Violation } from './evidence.js';

/** Each payment at rest, held against the gateways' own books. Clients give every order a name of its own. */
export function checkPayments({ streams, books }: Evidence): readonly Violation[] {
  const byPayment = new Map<string, BookEntry[]>();
  for (const entry of books) {
    byPayment.set(entry.paymentId, [...(byPayment.get(entry.paymentId) ?? []), entry]);
  }
  const violations: Violation[] = [];
  const byOrder = new Map<string, string>();
  for (const [stream, events] of streams) {
    const payment = foldPayment(events);
    if (payment === null) continue;
    const entries = byPayment.get(payment.id) ?? [];
    byPayment.delete(payment.id);
    violations.push(
      ...openIntents(stream, payment),
      ...owedUndoings(stream, payment),
      ...bookFaults(stream, payment, entries),
    );
    const other = byOrder.get(payment.orderId ?? stream);
    if (other !== undefined) {
      const message = `order ${payment.orderId} is ${other} as well`;
      violations.push({ rule: 'an order was paid twice', where: stream, message });
    }
    byOrder.set(payment.orderId ?? stream, stream);
  }
  for (const [paymentId, entries] of byPayment) {
    const message = `${entries.length} entries in books, and no stream`;
    violations.push({ rule: 'books and streams differ', where: paymentId, message });
  }
  return violations;
}

function openIntents(stream: string, payment: Payment): readonly Violation[] {
  const open = viewOf(payment).open_operation;
  if (open === null && payment.openCall === null && payment.status !== 'PROCESSING') return [];
  const message = `${payment.status}, ${JSON.stringify(open ?? payment.openCall)}`;
  return [{ rule: 'an intent is open', where: stream, message }];
}

/** One in dispute waits for its end, and one whose giving back was declined for its pause. */
function owedUndoings(stream: string, payment: Payment): readonly Violation[] {
  if (payment.lastOwnDeclineAt !== null) return [];
  return openUndoings(payment)
    .filter((attempt) => mayUndo(payment, attempt))
    .map(({ intent, amount }) => ({
      rule: 'an approval is not given back',
      where: stream,
      message: `intent ${intent}, ${amount}`,
    }));
}

function bookFaults(
  stream: string,
  payment: Payment,
  entries: readonly BookEntry[],
): readonly Violation[] {
  const approved = entries.filter(({ outcome }) => outcome === 'approved');
  const of = (...operations: readonly string[]) =>
    approved.filter(({ operation }) => operations.includes(operation));
  const sum = (list: readonly BookEntry[]) =>
    list.reduce((total, { amount }) => total + amount, 0n);
  const keys = new Set(payment.operations.map(({ key }) => key));
  const faults: string[] = [];

  for (const { key, operation, gateway } of approved) {
    if (keys.has(key)) continue;
    faults.push(`${gateway} has a ${operation} under ${key}, the stream has no such intent`);
  }
  const approvedKeys = approved.map(({ gateway, key }) => `${gateway} ${key}`);
  for (const key of approvedKeys.filter((key, index) => approvedKeys.indexOf(key) !== index)) {
    faults.push(`charged twice: ${key} stands in the books twice`);
  }
  const taken = sum(of('purchase', 'capture')) - sum(of('refund'));
  const known = payment.amountCaptured - payment.amountRefunded + heldByUndoings(payment);
  if (taken !== known) faults.push(`the gateways took ${taken}, the stream says ${known}`);
  const standing = of('authorize').length - of('void').length;
  if (standing > 1) faults.push(`${standing} holds stand at the gateways`);
  return faults.map((message) => ({ rule: 'books and streams differ', where: stream, message }));
}

/** Minor units of purchases that count in no total, as far as no refund gave them back. */
function heldByUndoings(payment: Payment): bigint {
  let held = 0n;
  for (const operation of payment.operations) {
    if (operation.outcome !== 'approved') continue;
    const { operation: kind, amount } = operation;
    if (kind === 'refund' && operation.cause === 'undo') held -= amount;
    if (kind === 'purchase' && isAttempt(operation) && operation.undo !== 'no') held += amount;
  }
  return held;
}
