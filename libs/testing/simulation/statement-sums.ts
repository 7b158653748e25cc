import type { Payment } from '../../payments/payment.state.js';
import type { ReadModel } from './read-models.js';

const PAYMENT_COLUMN = 3;
const AMOUNT_COLUMN = 7;

/** I-16, as far as there are sums: the lines of a payment's statement add up to what is left of its money. */
export function unbalancedStatements(
  models: readonly ReadModel[],
  payments: Iterable<Payment>,
): readonly string[] {
  const sums = new Map<string, bigint>();
  const statements = models.find(({ folding }) => folding.name === 'customer-statements');
  for (const row of statements?.rows ?? []) {
    // Lines are texts in the order of the table's columns.
    const line = JSON.parse(row) as readonly string[];
    const paymentId = line[PAYMENT_COLUMN] ?? '';
    sums.set(paymentId, (sums.get(paymentId) ?? 0n) + BigInt(line[AMOUNT_COLUMN] ?? '0'));
  }
  return [...payments].flatMap((payment) => {
    if (payment.customerId === null) return [];
    const left = payment.amountCaptured - payment.amountRefunded - payment.amountChargedBack;
    const sum = sums.get(payment.id) ?? 0n;
    return sum === left ? [] : [`${payment.id}: its statement says ${sum}, ${left} is left`];
  });
}
