import { storedAmountOf } from '../money/stored-amount.js';
import type { PaymentEvent } from './payment.events.js';
import { evolveRecorded } from './payment.evolve.js';
import type { Payment } from './payment.state.js';
import { moneyExcess, totalExcess } from './payment.totals.js';

/**
 * What a gateway says is always recorded. Where it breaks a money rule further than already known, the same append
 * carries MoneyRuleBroken.
 */
export function withMoneyRules(
  payment: Payment,
  events: readonly PaymentEvent[],
  at: string,
): readonly PaymentEvent[] {
  let after = payment;
  const recorded = { at, call: undefined, answers: undefined };
  for (const event of events) after = evolveRecorded(after, event, recorded);
  const excess = totalExcess(after);
  if (excess <= after.knownExcess) return events;
  const parts = moneyExcess(after);
  const rule =
    parts.captured > 0n
      ? 'captured_above_authorized'
      : parts.refunded > 0n
        ? 'refunded_above_captured'
        : 'dispute_on_undone_approval';
  return [...events, { type: 'MoneyRuleBroken', data: { rule, excess: storedAmountOf(excess) } }];
}
