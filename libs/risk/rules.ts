import { z } from 'zod';
import type { ConfiguredRule, RiskRuleKind, RuleEntry } from './risk-rule.js';
import { allowList } from './rules/allow-list.rule.js';
import { amountLimit } from './rules/amount-limit.rule.js';
import { blockList } from './rules/block-list.rule.js';
import { countryRule } from './rules/country.rule.js';
import { currencyRule } from './rules/currency.rule.js';
import { velocity } from './rules/velocity.rule.js';

/** Every kind of rule; a new one is a file of its own and a line here. */
export const RISK_RULE_KINDS: readonly RiskRuleKind[] = [
  allowList,
  amountLimit,
  blockList,
  countryRule,
  currencyRule,
  velocity,
];

const RULES_MAX = 200;

/** A list of `{"rule": <kind>, ...settings}`. */
export function riskRulesSchema(kinds: readonly RiskRuleKind[] = RISK_RULE_KINDS) {
  const byName = new Map(kinds.map((kind) => [kind.name, kind]));
  const names = [...byName.keys()].join(', ');
  const entry = z
    .record(z.string(), z.unknown(), 'must be an object')
    .transform((given: RuleEntry, context): ConfiguredRule => {
      const kind = byName.get(String(given['rule']));
      if (kind === undefined) {
        context.addIssue({ code: 'custom', message: `must be one of ${names}`, path: ['rule'] });
        return z.NEVER;
      }
      const parsed = kind.parse(given);
      if (parsed.success) return parsed.data;
      for (const { message, path } of parsed.error.issues) {
        context.addIssue({ code: 'custom', message, path: [...path] });
      }
      return z.NEVER;
    });
  return z.array(entry, 'must be a list of rules').max(RULES_MAX);
}
