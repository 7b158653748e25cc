import { readFileSync } from 'node:fs';
import { RISK_RULE_KINDS, riskRulesSchema } from './rules.js';

describe('docs/risk.md', () => {
  const page = readFileSync('docs/risk.md', 'utf8');

  it('shows rules that can be configured', () => {
    const [, rules = ''] = /```json\n(\[.*?\])\n```/s.exec(page) ?? [];
    expect(riskRulesSchema().parse(JSON.parse(rules))).toHaveLength(9);
  });

  it.each(RISK_RULE_KINDS.map(({ name }) => name))('explains %s', (name) => {
    expect(page).toContain(`| \`${name}\``);
  });
});
