import type { PaymentEvent } from './payment.events.js';
import { evolve } from './payment.evolve.js';
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
  const after = events.reduce<Payment>((state, event) => evolve(state, { ...event, at }), payment);
  const excess = totalExcess(after);
  if (excess <= after.knownExcess) return events;
  const parts = moneyExcess(after);
  const rule =
    parts.captured > 0n
      ? 'captured_above_authorized'
      : parts.refunded > 0n
        ? 'refunded_above_captured'
        : 'dispute_on_undone_approval';
  return [...events, { type: 'MoneyRuleBroken', data: { rule, excess: excess.toString() } }];
}
