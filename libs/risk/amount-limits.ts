import type { ConfiguredRule } from './risk-rule.js';
import { amountLimit } from './rules/amount-limit.rule.js';
import { RuleAssessor } from './rule-assessor.js';

/** Limits on the amount, in minor units of whatever currency; null: no limit. */
export interface AmountLimits {
  readonly reviewAbove: bigint | null;
  readonly rejectAbove: bigint | null;
}

/** The two limits as rules. */
export function amountLimitRules(limits: AmountLimits): readonly ConfiguredRule[] {
  const { reviewAbove, rejectAbove } = limits;
  return [...limit(reviewAbove, 'review'), ...limit(rejectAbove, 'reject')];
}

/** Judges by the two limits alone. */
export function amountLimitAssessor(limits: AmountLimits): RuleAssessor {
  return new RuleAssessor(amountLimitRules(limits), {
    velocity: null,
    service: null,
    away: { velocity: 'approve', service: 'approve' },
    trouble: () => undefined,
  });
}

function limit(above: bigint | null, action: 'review' | 'reject'): readonly ConfiguredRule[] {
  if (above === null) return [];
  const parsed = amountLimit.parse({ rule: amountLimit.name, above: above.toString(), action });
  return parsed.success ? [parsed.data] : [];
}
