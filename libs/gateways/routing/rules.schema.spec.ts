import { jsonPointer } from '../../platform/strict-json.js';
import { CONDITION_DEPTH_MAX, routingRulesSchema } from './rules.schema.js';

function rulesOf(...rules: readonly unknown[]) {
  return { rules: rules.map((rule, index) => ({ id: `r${index}`, ...(rule as object) })) };
}

function pointersOf(input: unknown): readonly string[] {
  const parsed = routingRulesSchema.safeParse(input);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => jsonPointer(path));
}

const then = { only: ['alpha'] };

describe('routing rules as JSON', () => {
  it('are taken with every kind of condition and preference', () => {
    const when = {
      amount: { currency: 'EUR', between: [100, '250000'] },
      currency: { in: ['EUR', 'USD'] },
      country: 'DE',
      network: 'visa',
      method: 'card',
      merchant_id: 'mer_one',
      customer_id: { in: ['cus_1'] },
      order_id: 'ord_1',
      metadata: { key: 'channel', in: ['web', 'app'] },
      all: [{ not: { country: 'FR' } }, { any: [{ amount: { gt: 1 } }, {}] }],
    };
    const split = [
      { gateway: 'alpha', percent: 33.33 },
      { gateway: 'bravo', percent: 66.67 },
    ];
    const input = rulesOf(
      { when, then: { split } },
      { then: { prefer: ['alpha', 'bravo'] } },
      { when: {}, then: { avoid: ['bravo'] } },
      { then },
    );
    expect(pointersOf(input)).toEqual([]);
    const parsed = routingRulesSchema.parse(input);
    expect(parsed.rules[0]?.when.amount?.between).toEqual(['100', '250000']);
    expect(parsed.rules[1]).toEqual({ id: 'r1', when: {}, then: { prefer: ['alpha', 'bravo'] } });
  });

  it.each([
    [{ when: { amount: { gte: -5 } }, then }, '/rules/0/when/amount/gte'],
    [{ when: { amount: {} }, then }, '/rules/0/when/amount'],
    [{ when: { amount: { between: [5, 4] } }, then }, '/rules/0/when/amount/between'],
    [{ when: { amount: { gt: 1, currency: 'EURO' } }, then }, '/rules/0/when/amount/currency'],
    [{ when: { currency: 'XXX' }, then }, '/rules/0/when/currency'],
    [{ when: { currency: { in: ['EUR', 'XXX'] } }, then }, '/rules/0/when/currency/in/1'],
    [{ when: { country: { in: ['Germany'] } }, then }, '/rules/0/when/country/in/0'],
    [{ when: { network: 7 }, then }, '/rules/0/when/network'],
    [{ when: { metadata: { key: 'a' } }, then }, '/rules/0/when/metadata'],
    [
      { when: { all: [{ any: [{ country: 'Germany' }] }] }, then },
      '/rules/0/when/all/0/any/0/country',
    ],
    [{ when: { not: { any: [] } }, then }, '/rules/0/when/not/any'],
    [{ then: {} }, '/rules/0/then'],
    [{ then: { only: ['alpha'], prefer: ['alpha'] } }, '/rules/0/then'],
    [{ then: { only: [] } }, '/rules/0/then/only'],
    [{ then: { prefer: ['alpha', 'alpha'] } }, '/rules/0/then/prefer'],
    [{ then: { split: [{ gateway: 'alpha', percent: 99 }] } }, '/rules/0/then/split'],
    [{ then: { split: [{ gateway: 'alpha', percent: 0 }] } }, '/rules/0/then/split/0/percent'],
    [{ then: { split: [{ gateway: 'A b', percent: 100 }] } }, '/rules/0/then/split/0/gateway'],
    [{ id: 'a b', then }, '/rules/0/id'],
  ])('%j is wrong at %s', (rule, pointer) => {
    expect(pointersOf(rulesOf(rule))).toContain(pointer);
  });

  it('name what they do not know', () => {
    const parsed = routingRulesSchema.safeParse(rulesOf({ when: { colour: 'red' }, then }));
    expect(parsed.error?.issues[0]).toMatchObject({
      code: 'unrecognized_keys',
      path: ['rules', 0, 'when'],
      keys: ['colour'],
    });
  });

  it('have an id each', () => {
    const rules = [
      { id: 'same', then },
      { id: 'same', then },
    ];
    expect(pointersOf({ rules })).toEqual(['/rules']);
  });

  it('nest no deeper than their bound', () => {
    const nested = (levels: number): object => (levels === 0 ? {} : { not: nested(levels - 1) });
    expect(pointersOf(rulesOf({ when: nested(CONDITION_DEPTH_MAX), then }))).toEqual([]);
    expect(pointersOf(rulesOf({ when: nested(CONDITION_DEPTH_MAX + 1), then }))).toHaveLength(1);
  });

  it('have weights that are not negative and not all 0; one that is not named counts nothing', () => {
    expect(pointersOf({ rules: [], weights: { success: 1, cost: -1 } })).toEqual(['/weights/cost']);
    expect(pointersOf({ rules: [], weights: { cost: 0 } })).toEqual(['/weights']);
    expect(routingRulesSchema.parse({ rules: [], weights: { cost: 2 } }).weights).toEqual({
      success: 0,
      latency: 0,
      cost: 2,
      health: 0,
    });
  });
});
