import type { GatewayFact } from '../payment-gateway.js';
import { fromStripeAmount } from './stripe-amounts.js';
import { one, takingsOf } from './stripe-facts.js';
import type { StripeEvent, StripeIntent } from './stripe-shapes.js';

/** A payment whose money a payout carried. `amount`: of this part of it, in Stripe's units. */
export function factsOfSettlement(
  event: Pick<StripeEvent, 'id' | 'created'>,
  intent: StripeIntent,
  amount: number,
): readonly GatewayFact[] {
  const takings = takingsOf(intent);
  const part = fromStripeAmount(amount, intent.currency);
  // Each of several captures is paid out by itself, and known by nothing but its amount.
  const settled = takings.length === 1 ? takings : takings.filter((taken) => taken.amount === part);
  return settled.flatMap((taken) => {
    const told = { ...taken, reference: intent.id, currency: intent.currency };
    const id = `${event.id}/${taken.key}`;
    return one({ ...event, id }, intent, { ...told, kind: { type: 'settled' } });
  });
}
