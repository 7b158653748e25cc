import type { RiskVerdict } from '../payments/payment.events.js';
import { riskSubject, rulesOf } from '../testing/risk-subject.js';
import { BoundedVelocity } from './bounded-velocity.js';
import { FraudService, type FraudWord } from './fraud-service.js';
import type { RiskSubject } from './risk-assessor.js';
import type { RuleEntry, RuleStage } from './risk-rule.js';
import { RuleAssessor, type RiskSources } from './rule-assessor.js';
import { VelocityCounter, type VelocityCount, type VelocityQuestion } from './velocity-counter.js';

class KnownCounts extends VelocityCounter {
  readonly asked: (readonly VelocityQuestion[])[] = [];
  constructor(private readonly counts: readonly VelocityCount[] | Error | 'never') {
    super();
  }
  override async count(questions: readonly VelocityQuestion[]) {
    this.asked.push(questions);
    if (this.counts === 'never') return await new Promise<never>(() => undefined);
    if (this.counts instanceof Error) throw this.counts;
    return this.counts;
  }
}

class KnownService extends FraudService {
  readonly asked: (readonly [RiskSubject, RuleStage])[] = [];
  constructor(private readonly word: FraudWord) {
    super();
  }
  override async ask(subject: RiskSubject, stage: RuleStage) {
    this.asked.push([subject, stage]);
    return this.word;
  }
}

function assessor(
  rules: readonly RuleEntry[],
  sources: Partial<RiskSources> = {},
  stage: RuleStage = 'sync',
) {
  const away = { velocity: 'approve', service: 'approve' } as const;
  const trouble = () => undefined;
  const all = { velocity: null, service: null, away, trouble, ...sources };
  return new RuleAssessor(rulesOf(...rules), all, stage);
}

const APPROVED: RiskVerdict = { verdict: 'approve', score: 0, reasons: [] };
const fourth = { rule: 'velocity', per: 'customer', window_s: 60, attempts_above: 3 };
const sum = {
  rule: 'velocity',
  per: 'ip',
  window_s: 60,
  sum_above: { amount: 9_000, currency: 'EUR' },
};
const limit = { rule: 'amount_limit', above: 1_000, action: 'reject' };

describe('judging by rules', () => {
  it('approves where nothing is configured', async () => {
    const nothing = assessor([]);
    expect([nothing.idle, nothing.counts]).toEqual([true, false]);
    expect(await nothing.assess(riskSubject())).toEqual(APPROVED);
  });

  it('reads no counts and asks no service where memory decides', async () => {
    const velocity = new KnownCounts([]);
    const service = new KnownService({ outcome: 'pending' });
    const rejecting = assessor([fourth, limit], { velocity, service });
    expect((await rejecting.assess(riskSubject())).verdict).toBe('reject');
    const allowing = assessor([fourth, { rule: 'allow_list', of: 'country', values: ['FR'] }], {
      velocity,
      service,
    });
    expect((await allowing.assess(riskSubject())).reasons).toEqual(['allowed_country']);
    expect([velocity.asked, service.asked]).toEqual([[], []]);
  });

  it('judges by one rule that memory decides beside one that counts, without any service', async () => {
    const both = assessor([fourth, limit], { velocity: new KnownCounts([]) });
    expect([both.idle, both.counts]).toEqual([false, true]);
    expect((await both.assess(riskSubject())).verdict).toBe('reject');
  });

  it('is settled where rules refuse, and asks no service about what counts refused', async () => {
    const service = new KnownService({ outcome: 'pending' });
    const velocity = new KnownCounts([{ attempts: 9, sum: 0n }]);
    const counted = assessor([{ ...fourth, action: 'reject' }], { velocity, service });
    for (const refusing of [counted, assessor([limit], { service })]) {
      const { verdict, settled } = await refusing.assessFully(riskSubject());
      expect([verdict.verdict, settled]).toEqual(['reject', true]);
    }
    expect(service.asked).toEqual([]);
  });

  it.each<[string, RuleEntry[], Partial<RiskSources>, boolean]>([
    ['without a rule', [], {}, true],
    ['with rules that memory decides', [limit], {}, true],
    ['with a rule that counts', [limit, fourth], {}, false],
    ['with a service', [], { service: new KnownService({ outcome: 'pending' }) }, false],
  ])('asks nobody, or somebody: %s', (_title, rules, sources, asksNobody) => {
    expect(assessor(rules, sources).asksNobody).toBe(asksNobody);
  });

  it('counts the attempt at hand, which no event tells of yet, in one question', async () => {
    const velocity = new KnownCounts([
      { attempts: 3, sum: 0n },
      { attempts: 3, sum: 6_501n },
    ]);
    const verdict = await assessor([fourth, sum], { velocity }).assess(riskSubject());
    expect(verdict).toEqual({
      verdict: 'review',
      score: 60,
      reasons: [
        'velocity_customer_attempts: 4 above 3 in 60 s',
        'velocity_ip_sum: above 9000 EUR in 60 s',
      ],
    });
    expect(velocity.asked).toHaveLength(1);
  });

  it('adds to the sum of its own currency only', async () => {
    const velocity = new KnownCounts([{ attempts: 3, sum: 9_000n }]);
    const subject = riskSubject({ currency: 'USD' });
    expect(await assessor([sum], { velocity }).assess(subject)).toEqual(APPROVED);
  });

  it('in a dry run counts nothing that other merchants took, and the verdict says so', async () => {
    const velocity = new KnownCounts([{ attempts: 9, sum: 0n }]);
    const both = assessor([sum, fourth], { velocity });
    expect((await both.assess(riskSubject(), 'dry_run')).reasons).toEqual([
      'velocity_not_counted',
      'velocity_customer_attempts: 10 above 3 in 60 s',
    ]);
    const alone = assessor([sum], { velocity: new KnownCounts([{ attempts: 9, sum: 9_000n }]) });
    expect(await alone.assess(riskSubject(), 'dry_run')).toEqual({
      ...APPROVED,
      reasons: ['velocity_not_counted'],
    });
  });

  it('gives each rule its own counts, also beside one that asks nothing', async () => {
    const velocity = new KnownCounts([{ attempts: 1, sum: 9_000n }]);
    const subject = riskSubject({ customerId: null });
    const { reasons } = await assessor([fourth, sum], { velocity }).assess(subject);
    expect(reasons).toEqual(['velocity_ip_sum: above 9000 EUR in 60 s']);
  });

  it('afterwards judges by the rules of that stage, with the attempt among those counted', async () => {
    const later = { ...fourth, stage: 'async' };
    const counts = [{ attempts: 4, sum: 0n }];
    const before = assessor([later], { velocity: new KnownCounts(counts) });
    expect(await before.assess(riskSubject())).toEqual(APPROVED);
    const velocity = new KnownCounts(counts);
    const after = assessor([later, limit], { velocity }, 'async');
    expect((await after.assess(riskSubject())).reasons).toEqual([
      'velocity_customer_attempts: 4 above 3 in 60 s',
    ]);
  });
});

describe('counts that do not come', () => {
  it.each([
    ['fail', new KnownCounts(new Error('gone'))],
    ['hang', new BoundedVelocity(new KnownCounts('never'), 5)],
    ['are not there', null],
  ])(
    '%s: the configured answer stands for them, and the event says so',
    async (_name, velocity) => {
      const troubles: string[] = [];
      const trouble = (what: string) => troubles.push(what);
      const away = { velocity: 'review', service: 'approve' } as const;
      const judging = assessor([fourth], { velocity, away, trouble });
      expect(await judging.assessFully(riskSubject())).toEqual({
        verdict: { verdict: 'review', score: 60, reasons: ['velocity_away'] },
        settled: false,
      });
      expect(troubles).toEqual(['velocity']);
    },
  );
});

describe('an external fraud service', () => {
  it('is asked where the rules leave it open, and its word stands beside theirs', async () => {
    const word = {
      outcome: 'verdict',
      verdict: 'review',
      score: 71,
      reasons: ['odd_basket'],
    } as const;
    const service = new KnownService(word);
    const judging = assessor([{ ...limit, action: 'score', score: 10 }], { service });
    expect(await judging.assessFully(riskSubject())).toEqual({
      verdict: {
        verdict: 'review',
        score: 81,
        reasons: [
          'amount_above_limit: 2500 above 1000',
          'fraud_service.odd_basket',
          'fraud_service: score 71',
        ],
      },
      settled: true,
    });
    expect(service.asked).toEqual([[riskSubject(), 'sync']]);
  });

  it('is not told of a dry run, and the verdict says so', async () => {
    const service = new KnownService({ outcome: 'away', reason: 'TimeoutError' });
    const away = { velocity: 'reject', service: 'reject' } as const;
    const verdict = await assessor([], { service, away }).assess(riskSubject(), 'dry_run');
    expect(service.asked).toEqual([]);
    expect(verdict).toEqual({
      verdict: 'approve',
      score: 0,
      reasons: ['fraud_service_not_asked'],
    });
  });

  it('that rejects is heard, also without a reason', async () => {
    const word = { outcome: 'verdict', verdict: 'reject', score: 0, reasons: [] } as const;
    const verdict = await assessor([], { service: new KnownService(word) }).assess(riskSubject());
    expect(verdict).toEqual({ verdict: 'reject', score: 100, reasons: ['fraud_service.reject'] });
  });

  it.each([
    ['approve', 59],
    ['review', 99],
    ['reject', 100],
  ] as const)('says %s, which its score does not sharpen', async (verdict, score) => {
    const word = { outcome: 'verdict', verdict, score: 100, reasons: [] } as const;
    const judging = assessor([], { service: new KnownService(word) });
    expect(await judging.assess(riskSubject())).toMatchObject({ verdict, score });
  });

  it('that has not made up its mind lets through, unsettled', async () => {
    const service = new KnownService({ outcome: 'pending' });
    expect(await assessor([], { service }).assessFully(riskSubject())).toEqual({
      verdict: { verdict: 'approve', score: 0, reasons: ['fraud_service_pending'] },
      settled: false,
    });
  });

  it.each(['approve', 'review', 'reject'] as const)('away: %s as configured', async (answer) => {
    const service = new KnownService({ outcome: 'away', reason: 'TimeoutError' });
    const away = { velocity: 'approve', service: answer } as const;
    const told: string[] = [];
    const trouble = (...what: readonly [string, string]) => told.push(what.join(': '));
    const judging = assessor([], { service, away, trouble });
    const { verdict, settled } = await judging.assessFully(riskSubject());
    expect([verdict.verdict, verdict.reasons, settled]).toEqual([
      answer,
      ['fraud_service_away'],
      false,
    ]);
    expect(told).toEqual(['service: TimeoutError']);
  });
});
