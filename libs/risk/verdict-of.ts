import type { RiskVerdict } from '../payments/payment.events.js';
import { REJECT_POINTS, REVIEW_POINTS, type RuleHit } from './risk-rule.js';

/** Reasons kept in an event. */
export const REASONS_MAX = 20;
const REASON_CHARS_MAX = 200;

/** The verdict that the hits come to: by a block, else an allowance, else the score. */
export function verdictOf(hits: readonly RuleHit[]): RiskVerdict {
  const blocks = hits.filter(({ effect }) => effect === 'block');
  if (blocks.length > 0) return verdict('reject', REJECT_POINTS, blocks);
  const allowances = hits.filter(({ effect }) => effect === 'allow');
  if (allowances.length > 0) return verdict('approve', 0, allowances);
  const score = scoreOf(hits);
  if (score >= REJECT_POINTS) return verdict('reject', score, hits);
  if (score >= REVIEW_POINTS) return verdict('review', score, hits);
  return verdict('approve', score, hits);
}

/** Points of `score` add up; two wishes for a review are no refusal, so those of the others don't. */
function scoreOf(hits: readonly RuleHit[]): number {
  let added = 0;
  let atLeast = 0;
  for (const { effect, points } of hits) {
    if (effect === 'score') added += points;
    else atLeast = Math.max(atLeast, points);
  }
  return Math.min(REJECT_POINTS, Math.max(added, atLeast));
}

function verdict(
  word: RiskVerdict['verdict'],
  score: number,
  hits: readonly RuleHit[],
): RiskVerdict {
  const reasons = hits.slice(0, REASONS_MAX).map(({ reason }) => reason.slice(0, REASON_CHARS_MAX));
  return { verdict: word, score, reasons };
}
