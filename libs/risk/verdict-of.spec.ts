import type { RuleHit } from './risk-rule.js';
import { REASONS_MAX, verdictOf } from './verdict-of.js';

const block: RuleHit = { effect: 'block', points: 100, reason: 'block' };
const allow: RuleHit = { effect: 'allow', points: 0, reason: 'allow' };
const reject: RuleHit = { effect: 'reject', points: 100, reason: 'reject' };
const review: RuleHit = { effect: 'review', points: 60, reason: 'review' };
const score = (points: number): RuleHit => ({ effect: 'score', points, reason: `score ${points}` });

describe('a verdict', () => {
  it.each([
    ['nothing found', [], 'approve', 0, []],
    ['a block beats an allowance', [allow, block, review], 'reject', 100, ['block']],
    ['an allowance beats the rest', [reject, allow, score(99)], 'approve', 0, ['allow']],
    ['a refusal', [review, reject], 'reject', 100, ['review', 'reject']],
    [
      'two wishes for a review are no refusal',
      [review, review],
      'review',
      60,
      ['review', 'review'],
    ],
    ['points add up to less than a review', [score(30), score(29)], 'approve', 59, null],
    ['points add up to a review', [score(30), score(30)], 'review', 60, null],
    ['points above a wish for a review', [review, score(70)], 'review', 70, null],
    ['points beside a wish for a review', [review, score(50)], 'review', 60, null],
    ['points add up to a refusal', [score(70), score(70)], 'reject', 100, null],
  ] as const)('%s', (_name, hits, verdict, points, reasons) => {
    expect(verdictOf(hits)).toEqual({
      verdict,
      score: points,
      reasons: reasons ?? hits.map(({ reason }) => reason),
    });
  });

  it('keeps a bounded number of reasons of bounded length', () => {
    const many = Array.from({ length: 50 }, () => ({ ...review, reason: 'x'.repeat(500) }));
    const { reasons } = verdictOf(many);
    expect([reasons.length, reasons[0]?.length]).toEqual([REASONS_MAX, 200]);
  });
});
