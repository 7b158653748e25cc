import { z } from 'zod';
import type { RiskSubject } from './risk-assessor.js';
import type { VelocityCount, VelocityQuestion } from './velocity-counter.js';

/**
 * What a rule found. `block` refuses whatever else was found, `allow` lets through whatever else but a block was found;
 * the others add to the score: `reject` and `review` at least to their threshold, `score` by its points.
 */
export interface RuleHit {
  readonly effect: 'block' | 'allow' | 'reject' | 'review' | 'score';
  /** 0 to 100. */
  readonly points: number;
  /** `code` or `code: detail`, with the numbers that decided; kept in the event. */
  readonly reason: string;
}

/** A rule with its settings. Pure: the same subject and counts, the same hit. */
export interface RuleJudgement {
  /** What must be counted before it can judge; left out: nothing. */
  readonly questions?: (subject: RiskSubject) => readonly VelocityQuestion[];
  /** `counts`: the answers to its questions, this attempt included. */
  readonly judge: (
    subject: RiskSubject,
    counts: readonly VelocityCount[],
  ) => Pick<RuleHit, 'reason'> | Pick<RuleHit, 'reason' | 'effect'> | null;
}

/** A kind of rule: its name in RISK_RULES, its settings there, and how it judges with them. */
export interface RiskRule<Settings> {
  readonly name: string;
  readonly settings: z.ZodType<Settings>;
  readonly bind: (settings: Settings) => RuleJudgement;
}

/** A rule as configured, ready to judge. */
export interface ConfiguredRule {
  readonly name: string;
  readonly stage: RuleStage;
  readonly needsCounts: boolean;
  readonly questions: (subject: RiskSubject) => readonly VelocityQuestion[];
  readonly judge: (subject: RiskSubject, counts: readonly VelocityCount[]) => RuleHit | null;
}

/** `sync`: before routing; `async`: after the authorization, where it can still be given back. */
export type RuleStage = 'sync' | 'async';

/** A kind of rule whose settings are checked where they come from. */
export interface RiskRuleKind {
  readonly name: string;
  /** One schema for the entry of a list of rules, with `rule`, the common fields and its own settings. */
  readonly parse: (entry: RuleEntry) => z.ZodSafeParseResult<ConfiguredRule>;
}

export type RuleEntry = Readonly<Record<string, unknown>>;

const MERCHANTS_MAX = 1_000;
export const REVIEW_POINTS = 60;
export const REJECT_POINTS = 100;

/** Fields that every rule has. */
const common = z.object({
  rule: z.string(),
  stage: z.enum(['sync', 'async'], 'must be sync or async').default('sync'),
  merchants: z.array(z.string().min(1)).min(1).max(MERCHANTS_MAX).optional(),
  action: z.enum(['review', 'reject', 'score'], 'must be review, reject or score').optional(),
  score: z.number('must be a number').int().min(1).max(REJECT_POINTS).optional(),
});
type Common = z.output<typeof common>;

/** Makes a kind of rule of its parts; what all rules share (stage, merchants, action, score) is done here. */
export function riskRule<Settings>(rule: RiskRule<Settings>): RiskRuleKind {
  const entry = z.unknown().transform((given, context) => {
    const shared = common.safeParse(given);
    const own = rule.settings.safeParse(ownFields(given as RuleEntry)); // reason: parse takes objects only
    for (const { error } of [shared, own]) {
      for (const { message, path } of error?.issues ?? []) {
        context.addIssue({ code: 'custom', message, path: [...path] });
      }
    }
    if (!shared.success || !own.success) return z.NEVER;
    const { action, score } = shared.data;
    if ((action === 'score') !== (score !== undefined)) {
      const message = 'must come with the action score, and only with it';
      context.addIssue({ code: 'custom', message, path: ['score'] });
      return z.NEVER;
    }
    return configured(rule, shared.data, own.data);
  });
  return { name: rule.name, parse: (given) => entry.safeParse(given) };
}

function configured<Settings>(
  rule: RiskRule<Settings>,
  shared: Common,
  settings: Settings,
): ConfiguredRule {
  const { judge, questions } = rule.bind(settings);
  const { stage } = shared;
  const merchants = shared.merchants === undefined ? null : new Set(shared.merchants);
  const concerns = (subject: RiskSubject) => merchants?.has(subject.merchantId) ?? true;
  return {
    name: rule.name,
    stage,
    needsCounts: questions !== undefined,
    questions: (subject) => (concerns(subject) ? (questions?.(subject) ?? []) : []),
    judge: (subject, counts) => {
      const hit = concerns(subject) ? judge(subject, counts) : null;
      return hit === null ? null : hitOf(hit, shared);
    },
  };
}

/** A rule that names no effect of its own has the configured one; a review where nothing is configured. */
function hitOf(
  hit: Pick<RuleHit, 'reason'> & { readonly effect?: RuleHit['effect'] },
  { action = 'review', score = 0 }: Common,
): RuleHit {
  const effect = hit.effect ?? action;
  return { effect, points: pointsOf(effect, score), reason: hit.reason };
}

function pointsOf(effect: RuleHit['effect'], score: number): number {
  switch (effect) {
    case 'block':
    case 'reject':
      return REJECT_POINTS;
    case 'review':
      return REVIEW_POINTS;
    case 'score':
      return score;
    case 'allow':
      return 0;
  }
}

function ownFields(given: RuleEntry): RuleEntry {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !(name in common.shape)));
}
