import { readFileSync } from 'node:fs';
import { defaultWeights } from './routing-signals.js';
import { routingRulesSchema } from './rules.schema.js';

describe('docs/routing.md', () => {
  const page = readFileSync('docs/routing.md', 'utf8');
  const [, json = ''] = /```json\n([^`]*)```/.exec(page) ?? [];

  it('shows rules that are taken, and the weights as they are', () => {
    const parsed = routingRulesSchema.safeParse(JSON.parse(json));
    expect(parsed.error?.issues ?? []).toEqual([]);
    expect(parsed.data?.weights).toEqual(defaultWeights());
  });

  it('names every condition and every signal', () => {
    const conditions = routingRulesSchema.shape.rules.element.shape.when.def.innerType;
    // reason: the schema of a condition is an object schema, typed as what it gives
    const { shape } = conditions as unknown as { readonly shape: object };
    for (const name of [...Object.keys(shape), ...Object.keys(defaultWeights())]) {
      expect(page).toContain(`\`${name}\``);
    }
  });
});
