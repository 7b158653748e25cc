import type { RiskVerdict } from '../payments/payment.events.js';
import type { FraudService, FraudWord } from './fraud-service.js';
import { RiskAssessor, type Asking, type RiskSubject } from './risk-assessor.js';
import {
  REJECT_POINTS,
  REVIEW_POINTS,
  type ConfiguredRule,
  type RuleHit,
  type RuleStage,
} from './risk-rule.js';
import { verdictOf } from './verdict-of.js';
import {
  NO_ATTEMPTS,
  type VelocityCount,
  type VelocityCounter,
  type VelocityQuestion,
} from './velocity-counter.js';
import { SHARED_DIMENSIONS } from './velocity-keys.js';

/** Reasons in a verdict that was made without the service's word. */
export const SERVICE_PENDING = 'fraud_service_pending';
export const SERVICE_AWAY = 'fraud_service_away';
const SERVICE_NOT_ASKED = 'fraud_service_not_asked';
/** In a dry run's verdict that left out what is counted over all merchants. */
export const SHARED_NOT_COUNTED = 'velocity_not_counted';

/** The verdict that stands in for a word that did not come. */
export type AwayAnswer = RiskVerdict['verdict'];

export interface RiskSources {
  /** Null: no rule needs counts. */
  readonly velocity: VelocityCounter | null;
  /** Null: none is configured, or not for this stage. */
  readonly service: FraudService | null;
  /** What stands for counts or a service that are away. */
  readonly away: { readonly velocity: AwayAnswer; readonly service: AwayAnswer };
  /** Told of what was away, so that it is seen. */
  readonly trouble: (what: 'velocity' | 'service', reason: string) => void;
}

/** A verdict, and whether everything that was asked had its say. */
export interface Assessment {
  readonly verdict: RiskVerdict;
  /** False: something was away or undecided; asking again may tell more. */
  readonly settled: boolean;
}

/** Judges by the configured rules of one stage, then, where they leave it open, by the external service. */
export class RuleAssessor extends RiskAssessor {
  readonly #known: readonly ConfiguredRule[];
  readonly #counted: readonly ConfiguredRule[];

  constructor(
    rules: readonly ConfiguredRule[],
    private readonly sources: RiskSources,
    private readonly stage: RuleStage = 'sync',
  ) {
    super();
    const own = rules.filter((rule) => rule.stage === stage);
    this.#known = own.filter(({ needsCounts }) => !needsCounts);
    this.#counted = own.filter(({ needsCounts }) => needsCounts);
  }

  /** Counts of attempts are read. */
  get counts(): boolean {
    return this.#counted.length > 0;
  }

  /** Nothing would ever be found. */
  get idle(): boolean {
    return this.#known.length + this.#counted.length === 0 && this.sources.service === null;
  }

  override get asksNobody(): boolean {
    return this.#counted.length === 0 && this.sources.service === null;
  }

  override async assess(subject: RiskSubject, how: Asking = 'in_earnest'): Promise<RiskVerdict> {
    // Most installations begin without rules.
    if (this.idle) return verdictOf([]);
    return (await this.assessFully(subject, how)).verdict;
  }

  async assessFully(subject: RiskSubject, how: Asking = 'in_earnest'): Promise<Assessment> {
    const hits = this.#known.flatMap((rule) => rule.judge(subject, []) ?? []);
    // What memory alone decides waits for nobody.
    if (isDecided(hits)) return { verdict: verdictOf(hits), settled: true };
    const counted = await this.#countedHits(subject, how);
    hits.push(...counted.hits);
    if (isDecided(hits)) return { verdict: verdictOf(hits), settled: true };
    const word = await this.#serviceHits(subject, how);
    hits.push(...word.hits);
    return { verdict: verdictOf(hits), settled: counted.settled && word.settled };
  }

  async #countedHits(subject: RiskSubject, how: Asking): Promise<Found> {
    const wanted = this.#counted.map((rule) => ({ rule, questions: rule.questions(subject) }));
    // Tried without a trace, a yes or no for amount after amount would tell what other merchants took.
    const asking =
      how === 'dry_run' ? wanted.filter(({ questions }) => !questions.some(isShared)) : wanted;
    const left = asking.length < wanted.length ? away(SHARED_NOT_COUNTED, 'approve') : NOTHING;
    const questions = asking.flatMap((asked) => asked.questions);
    if (questions.length === 0) return left;
    const { velocity } = this.sources;
    let counts: readonly VelocityCount[];
    try {
      if (velocity === null) throw new Error('attempts are not counted here');
      counts = await velocity.count(questions, subject.at);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'no counts';
      this.sources.trouble('velocity', reason);
      return away('velocity_away', this.sources.away.velocity);
    }
    // Before routing the attempt at hand is in no event yet; afterwards it is among those counted.
    const own = this.stage === 'sync';
    const whole = questions.map(({ currency }, index) => {
      const count = counts[index] ?? NO_ATTEMPTS;
      return own ? withAttempt(count, currency, subject) : count;
    });
    let from = 0;
    const hits = asking.flatMap(({ rule, questions: { length } }) => {
      const mine = whole.slice(from, (from += length));
      return length === 0 ? [] : (rule.judge(subject, mine) ?? []);
    });
    return { hits: [...left.hits, ...hits], settled: left.settled };
  }

  async #serviceHits(subject: RiskSubject, how: Asking): Promise<Found> {
    const { service } = this.sources;
    if (service === null) return NOTHING;
    // A service counts what it is asked about, and may cost money.
    if (how === 'dry_run') return away(SERVICE_NOT_ASKED, 'approve');
    const word = await service.ask(subject, this.stage);
    if (word.outcome !== 'away') return found(word);
    this.sources.trouble('service', word.reason);
    return away(SERVICE_AWAY, this.sources.away.service);
  }
}

interface Found {
  readonly hits: readonly RuleHit[];
  readonly settled: boolean;
}

const NOTHING: Found = { hits: [], settled: true };

function isShared({ dimension }: VelocityQuestion): boolean {
  return SHARED_DIMENSIONS.has(dimension);
}

/** Blocked, allowed or refused: nothing that is still to be asked would change it. */
function isDecided(hits: readonly RuleHit[]): boolean {
  return hits.some(({ effect }) => effect === 'allow') || verdictOf(hits).verdict === 'reject';
}

function withAttempt(count: VelocityCount, currency: string, subject: RiskSubject): VelocityCount {
  const sum = subject.currency === currency ? subject.amount : 0n;
  return { attempts: count.attempts + 1, sum: count.sum + sum };
}

const POINTS_MAX = {
  approve: REVIEW_POINTS - 1,
  review: REJECT_POINTS - 1,
  reject: REJECT_POINTS,
} as const satisfies Record<RiskVerdict['verdict'], number>;

function found(word: Exclude<FraudWord, { outcome: 'away' }>): Found {
  if (word.outcome === 'pending') {
    return { hits: [hitFor('approve', SERVICE_PENDING)], settled: false };
  }
  const reasons = word.reasons.length === 0 ? [word.verdict] : word.reasons;
  const hits = reasons.map((reason) => hitFor(word.verdict, `fraud_service.${reason}`));
  // Its verdict is its word: a score alone never makes it a stricter one.
  const points = Math.min(word.score, POINTS_MAX[word.verdict]);
  const score: RuleHit = { effect: 'score', points, reason: `fraud_service: score ${word.score}` };
  return { hits: word.score === 0 ? hits : [...hits, score], settled: true };
}

/** Recorded, so that the verdict can be understood without what was away. */
function away(reason: string, answer: AwayAnswer): Found {
  return { hits: [hitFor(answer, reason)], settled: false };
}

function hitFor(verdict: AwayAnswer, reason: string): RuleHit {
  switch (verdict) {
    case 'approve':
      return { effect: 'score', points: 0, reason };
    case 'review':
      return { effect: 'review', points: REVIEW_POINTS, reason };
    case 'reject':
      return { effect: 'reject', points: REJECT_POINTS, reason };
  }
}
