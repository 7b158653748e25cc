import type { AfterHook, BeforeHook } from '../../libs/orchestration/hooks/payment-hook.js';

/** Refunds above a bound need an operator: merchants may not give them by themselves. */
export function largeRefundsByOperators(aboveMinorUnits: bigint): BeforeHook {
  return {
    name: 'large-refunds-by-operators',
    before: 'refund',
    whenAway: 'veto',
    run: async ({ amount, actor }) =>
      amount > aboveMinorUnits && actor.startsWith('merchant:')
        ? { veto: `Refunds above ${aboveMinorUnits} minor units are given by operators.` }
        : 'go_on',
  };
}

/** Tells a count of what was captured; the same event may come twice, so it is counted by its id. */
export function countCaptures(seen: Map<string, bigint>): AfterHook {
  return {
    name: 'count-captures',
    after: 'capture',
    run: async ({ eventId, outcome, amount }) => {
      if (outcome === 'approved' && amount !== null) seen.set(eventId, amount);
    },
  };
}
