import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import type { BookEntry } from '../../libs/gateways/gateway-books.js';
import { foldPayment } from '../../libs/payments/payment.fold.js';
import type { Payment } from '../../libs/payments/payment.state.js';
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
    violations.push(...openIntents(stream, payment), ...bookFaults(stream, events, entries));
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

function bookFaults(
  stream: string,
  events: readonly RecordedEvent[],
  entries: readonly BookEntry[],
): readonly Violation[] {
  const payment = foldPayment(events);
  if (payment === null) return [];
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
  const known = payment.amountCaptured - payment.amountRefunded;
  if (taken !== known) faults.push(`the gateways took ${taken}, the stream says ${known}`);
  const standing = of('authorize').length - of('void').length;
  if (standing > 1) faults.push(`${standing} holds stand at the gateways`);
  return faults.map((message) => ({ rule: 'books and streams differ', where: stream, message }));
}
