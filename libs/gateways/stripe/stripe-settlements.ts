import type { GatewayFact } from '../payment-gateway.js';
import { fromStripeAmount, stripeDecimalsOf, toStripeAmount } from './stripe-amounts.js';
import { factIfOurs, takingsOf } from './stripe-facts.js';
import type { SettledCharge, StripeEvent, StripeIntent } from './stripe-shapes.js';

/** Stripe tells rates with some six digits, so that the amount in another currency is not found to the unit. */
const RATE_ERROR = 1e-4;
const ROUNDING_UNITS = 1;

/** A payment whose money a payout carried, or this part of it. */
export function factsOfSettlement(
  event: Pick<StripeEvent, 'id' | 'created'>,
  intent: StripeIntent,
  part: SettledCharge,
): readonly GatewayFact[] {
  const takings = takingsOf(intent);
  // Each of several captures is paid out by itself, and known by nothing but its amount.
  const settled = takings.length === 1 ? takings : partIn(takings, intent.currency, part);
  return settled.flatMap((taken) => {
    const told = { ...taken, reference: intent.id, currency: intent.currency };
    const id = `${event.id}/${taken.key}`;
    return factIfOurs({ ...event, id }, intent, { ...told, kind: { type: 'settled' } });
  });
}

type Takings = ReturnType<typeof takingsOf>;

function partIn(takings: Takings, from: string, part: SettledCharge): Takings {
  const to = part.currency?.toLowerCase() ?? from;
  if (to === from) {
    const amount = fromStripeAmount(part.amount, from);
    return takings.filter((taken) => taken.amount === amount);
  }
  const away = takings.map(({ amount }) => {
    const expected = converted(amount, from, { ...part, currency: to });
    return expected === null ? Infinity : Math.abs(expected - part.amount);
  });
  const nearest = Math.min(...away);
  if (nearest > ROUNDING_UNITS + part.amount * RATE_ERROR) return [];
  return takings.filter((_taken, place) => away[place] === nearest);
}

/** What an amount comes to in a payout's currency, in Stripe's units; rates are of whole units of both. */
function converted(
  amount: bigint,
  from: string,
  { currency, exchange_rate: rate }: Pick<SettledCharge, 'exchange_rate'> & { currency: string },
): number | null {
  const units = toStripeAmount(amount, from.toUpperCase());
  const [fromDecimals, toDecimals] = [stripeDecimalsOf(from), stripeDecimalsOf(currency)];
  if (!rate || units === null || fromDecimals === null || toDecimals === null) return null;
  return units * rate * 10 ** (toDecimals - fromDecimals);
}
