import { loadConfig } from '../platform/config.js';
import { riskSubject, rulesOf } from '../testing/risk-subject.js';
import { z } from 'zod';
import type { RiskSubject } from './risk-assessor.js';
import type { RuleEntry } from './risk-rule.js';
import { riskVariables } from './risk-variables.js';
import type { VelocityCount } from './velocity-counter.js';
import { tokenFingerprint } from './velocity-keys.js';

function hit(entry: RuleEntry, over: Partial<RiskSubject> = {}, ...counts: VelocityCount[]) {
  const [rule] = rulesOf(entry);
  return rule?.judge(riskSubject(over), counts) ?? null;
}

const card = (country: string | null) => {
  return { paymentMethod: { type: 'card', token: 'tok_a', network: null, country } };
};

describe('amount_limit', () => {
  it('finds amounts above it, not at it, of its currency', () => {
    const rule = { rule: 'amount_limit', above: '2500', currency: 'EUR', action: 'reject' };
    expect(hit(rule)).toBeNull();
    expect(hit(rule, { amount: 2501n, currency: 'USD' })).toBeNull();
    expect(hit(rule, { amount: 2501n })).toEqual({
      effect: 'reject',
      points: 100,
      reason: 'amount_above_limit: 2501 above 2500',
    });
  });

  it('without a currency is about all of them, and asks a person where no action is named', () => {
    const rule = { rule: 'amount_limit', above: 10 };
    expect(hit(rule, { currency: 'JPY' })).toMatchObject({ effect: 'review', points: 60 });
  });

  it('takes amounts that no number holds', () => {
    const above = '99999999999999999';
    expect(hit({ rule: 'amount_limit', above }, { amount: BigInt(above) })).toBeNull();
    expect(hit({ rule: 'amount_limit', above }, { amount: BigInt(above) + 1n })).not.toBeNull();
  });
});

describe('velocity', () => {
  const attempts = { rule: 'velocity', per: 'customer', window_s: 60, attempts_above: 3 };
  const count = (number: number, sum = 0n) => ({ attempts: number, sum });

  it('finds more attempts than the bound, and says how many', () => {
    expect(hit(attempts, {}, count(3))).toBeNull();
    expect(hit(attempts, {}, count(4))?.reason).toBe(
      'velocity_customer_attempts: 4 above 3 in 60 s',
    );
  });

  it('finds a greater sum than the bound', () => {
    const rule = {
      rule: 'velocity',
      per: 'merchant',
      window_s: 3600,
      sum_above: { amount: 100, currency: 'EUR' },
      action: 'score',
      score: 30,
    };
    expect(hit(rule, {}, count(9, 100n))).toBeNull();
    expect(hit(rule, {}, count(1, 101n))).toEqual({
      effect: 'score',
      points: 30,
      reason: 'velocity_merchant_sum: 101 above 100 EUR in 3600 s',
    });
  });

  it.each(['token', 'ip'] as const)(
    'says no number of a %s: most of it may be of others',
    (per) => {
      const window = { rule: 'velocity', per, window_s: 60 };
      const limit = { amount: 100, currency: 'EUR' };
      expect(hit({ ...window, attempts_above: 3 }, {}, count(74))?.reason).toBe(
        `velocity_${per}_attempts: above 3 in 60 s`,
      );
      expect(hit({ ...window, sum_above: limit }, {}, count(1, 7_400n))?.reason).toBe(
        `velocity_${per}_sum: above 100 EUR in 60 s`,
      );
    },
  );

  it.each([
    ['customer', 'mer_one/cus_1'],
    ['token', tokenFingerprint('tok_a')],
    ['ip', 'ip_hash'],
    ['merchant', 'mer_one'],
  ])('per %s asks for that key', (per, key) => {
    const [rule] = rulesOf({ ...attempts, per });
    expect(rule?.questions(riskSubject())).toEqual([
      { dimension: per, key, windowS: 60, currency: 'EUR' },
    ]);
  });

  it('asks nothing of a payment that has no such key', () => {
    const [rule] = rulesOf(attempts);
    expect(rule?.questions(riskSubject({ customerId: null }))).toEqual([]);
  });
});

describe('block_list and allow_list', () => {
  it.each([
    ['customer', 'cus_1', 'other'],
    ['token', tokenFingerprint('tok_a'), tokenFingerprint('tok_b')],
    ['ip', 'ip_hash', 'other'],
    ['email', 'mail_hash', 'other'],
    ['country', 'FR', 'KP'],
  ])('know a %s', (of, value, other) => {
    const block = { rule: 'block_list', of, values: [other, value] };
    expect(hit(block)).toEqual({ effect: 'block', points: 100, reason: `blocked_${of}` });
    const allow = { rule: 'allow_list', of, values: [value] };
    expect(hit(allow)).toEqual({ effect: 'allow', points: 0, reason: `allowed_${of}` });
    expect(hit({ ...block, values: [other] })).toBeNull();
  });

  it('a payment without the value is on no list', () => {
    const list = { rule: 'block_list', of: 'customer', values: ['null'] };
    expect(hit(list, { customerId: null })).toBeNull();
  });
});

describe('currency and country', () => {
  it('find what is not expected', () => {
    expect(hit({ rule: 'currency', only: ['EUR', 'USD'] })).toBeNull();
    expect(hit({ rule: 'currency', only: ['USD'] })?.reason).toBe('currency_not_expected: EUR');
    expect(hit({ rule: 'currency', not: ['EUR'] })).not.toBeNull();
    expect(hit({ rule: 'country', not: ['DE'] })).toBeNull();
    expect(hit({ rule: 'country', not: ['FR'] })?.reason).toBe('country_not_expected: FR');
  });

  it('a card of unknown country is in no country', () => {
    expect(hit({ rule: 'country', only: ['FR'] }, card(null))).not.toBeNull();
    expect(hit({ rule: 'country', not: ['FR'] }, card(null))).toBeNull();
  });
});

describe('every rule', () => {
  it('may be about some merchants only', () => {
    const rule = { rule: 'amount_limit', above: 1, merchants: ['mer_two'] };
    expect(hit(rule)).toBeNull();
    expect(hit(rule, { merchantId: 'mer_two' })).not.toBeNull();
    const counted = { rule: 'velocity', per: 'ip', window_s: 60, attempts_above: 0 };
    expect(rulesOf({ ...counted, merchants: ['mer_two'] })[0]?.questions(riskSubject())).toEqual(
      [],
    );
  });

  it.each([
    ['[{"rule":"velocty"}]', 'RISK_RULES (at 0.rule) must be one of allow_list, amount_limit,'],
    ['{}', 'RISK_RULES must be a list of rules.'],
    ['[', 'RISK_RULES must be valid JSON.'],
    ['[7]', 'RISK_RULES (at 0) must be an object.'],
    ['[{"rule":"amount_limit"}]', 'RISK_RULES (at 0.above) must be an amount in minor units.'],
    [
      '[{"rule":"amount_limit","above":1,"action":"block"}]',
      'RISK_RULES (at 0.action) must be review, reject or score.',
    ],
    [
      '[{"rule":"amount_limit","above":1,"action":"score"}]',
      'RISK_RULES (at 0.score) must come with the action score, and only with it.',
    ],
    ['[{"rule":"currency"}]', 'RISK_RULES (at 0) needs one of only and not.'],
    [
      '[{"rule":"velocity","per":"ip","window_s":60}]',
      'RISK_RULES (at 0) needs attempts_above or sum_above.',
    ],
    [
      '[{"rule":"velocity","per":"ip","window_s":90,"attempts_above":1}]',
      'RISK_RULES (at 0.window_s) must be whole minutes, in seconds.',
    ],
    [
      '[{"rule":"block_list","of":"country","values":["FR","kp"]}]',
      'RISK_RULES (at 0.values) must hold country codes of ISO 3166-1 alpha-2, such as FR.',
    ],
    [
      '[{"rule":"block_list","of":"token","values":["tok_a"]}]',
      'RISK_RULES (at 0.values) must hold the lower-case hex SHA-256 of tokens.',
    ],
    ['[{"rule":"country","only":["fr"]}]', 'RISK_RULES (at 0.only.0) must be a country code'],
    ['[{"rule":"currency","only":["EUR"],"when":1}]', 'RISK_RULES (at 0) is not valid'],
  ])('%s is refused with a sentence that points at the fault', (text, sentence) => {
    const { RISK_RULES } = riskVariables;
    expect(() => loadConfig(z.object({ RISK_RULES }), { RISK_RULES: text })).toThrow(sentence);
  });
});
