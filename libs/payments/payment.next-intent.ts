import { storedAmountOf } from '../money/stored-amount.js';
import type { StoredIntent } from './payment.events.js';
import type { Payment } from './payment.state.js';

/** What every intent begins with; `amount` in minor units. Where it is sent is for the caller to say. */
export function nextIntent(
  payment: Payment,
  command: { readonly key: string },
  amount: bigint,
): Omit<StoredIntent, 'gateway'> {
  return {
    intent: payment.operations.length + 1,
    key: command.key,
    amount: storedAmountOf(amount),
    currency: payment.currency,
  };
}
