import { costOf } from '../../registry/gateway-profile.js';
import { routingSignal } from '../routing-signal.js';

const SCALE = 10_000n;

/** What the gateway takes for this payment, beside the cheapest: that has 1, one of twice the price about half. */
export const costSignal = routingSignal({
  name: 'cost',
  defaultWeight: 0.2,
  /** Minor units of the payment's currency; null: not known. */
  read: ({ profile }, { amount, currency }) =>
    costOf(profile, amount, currency)?.toString() ?? null,
  score: (inputs) => {
    const costs = inputs.map((cost) => (cost === null ? null : BigInt(cost)));
    const [first = 0n, ...others] = costs.filter((cost) => cost !== null);
    const cheapest = others.reduce((least, cost) => (cost < least ? cost : least), first);
    const dearest = others.reduce((most, cost) => (cost > most ? cost : most), first);
    // Whose price nobody knows is taken for as dear as the dearest.
    return costs.map((cost) => share(cheapest, cost ?? dearest));
  },
});

/** Exact beyond 2^53. One minor unit more on both sides: a price may be 0. */
function share(cheapest: bigint, cost: bigint): number {
  return Number(((cheapest + 1n) * SCALE + (cost + 1n) / 2n) / (cost + 1n)) / Number(SCALE);
}
