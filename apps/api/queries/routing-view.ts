import type {
  AmountCondition,
  RuleCondition,
} from '../../../libs/gateways/routing/rule-condition.js';
import type { RuleSet } from '../../../libs/gateways/routing/routing-rules.js';
import { digitsView } from './gateway-view.js';

/** Routing rules as the API shows them: bounds of amounts as it shows every amount. */
export function rulesView<Shown extends RuleSet>(set: Shown) {
  return { ...set, rules: set.rules.map((rule) => ({ ...rule, when: conditionView(rule.when) })) };
}

function conditionView(condition: RuleCondition): object {
  const { amount, all, any, not } = condition;
  return {
    ...condition,
    ...(amount && { amount: boundsView(amount) }),
    ...(all && { all: all.map(conditionView) }),
    ...(any && { any: any.map(conditionView) }),
    ...(not && { not: conditionView(not) }),
  };
}

function boundsView({ currency, between, ...bounds }: AmountCondition): object {
  const shown = Object.entries(bounds).map(([name, digits]) => [
    name,
    digits && digitsView(digits),
  ]);
  return {
    ...(currency && { currency }),
    ...Object.fromEntries(shown),
    ...(between && { between: between.map(digitsView) }),
  };
}
