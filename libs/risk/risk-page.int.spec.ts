import { readFileSync } from 'node:fs';
import { roundAmount } from '../testing/examples/round-amount.rule.js';
import { riskSubject } from '../testing/risk-subject.js';
import { RISK_RULE_KINDS, riskRulesSchema } from './rules.js';
import { RuleAssessor } from './rule-assessor.js';

describe('docs/risk.md', () => {
  const page = readFileSync('docs/risk.md', 'utf8');

  it('shows rules that can be configured', () => {
    const [, rules = ''] = /```json\n(\[.*?\])\n```/s.exec(page) ?? [];
    expect(riskRulesSchema().parse(JSON.parse(rules))).toHaveLength(9);
  });

  it.each(RISK_RULE_KINDS.map(({ name }) => name))('explains %s', (name) => {
    expect(page).toContain(`| \`${name}\``);
  });

  it('shows the example of a rule as it stands in its file', () => {
    const file = readFileSync('libs/testing/examples/round-amount.rule.ts', 'utf8');
    expect(page).toContain(file.replaceAll('../../risk/', '../').trimEnd());
  });

  it('that rule judges as any other, once it is registered', async () => {
    const [, shown = ''] = /`(\{ "rule": "round_amount".*?\})`/.exec(page) ?? [];
    const entry = JSON.parse(shown) as unknown;
    expect(riskRulesSchema().safeParse([entry]).success).toBe(false);
    const rules = riskRulesSchema([...RISK_RULE_KINDS, roundAmount]).parse([entry]);
    const assessor = new RuleAssessor(rules, {
      velocity: null,
      service: null,
      away: { velocity: 'approve', service: 'approve' },
      trouble: () => undefined,
    });
    expect(await assessor.assess(riskSubject({ amount: 30_000n }))).toEqual({
      verdict: 'approve',
      score: 20,
      reasons: ['round_amount: 30000 is a multiple of 10000'],
    });
    expect((await assessor.assess(riskSubject({ amount: 30_001n }))).score).toBe(0);
  });

  it('says what is wrong with its settings as for any other', () => {
    const schema = riskRulesSchema([roundAmount]);
    const faults = schema.safeParse([{ rule: 'round_amount', multiple_of: 0 }]).error?.issues;
    expect(faults?.map(({ message, path }) => [path.join('.'), message])).toEqual([
      ['0.multiple_of', 'must be above 0'],
    ]);
  });
});
