import fc from 'fast-check';
import type { RoutingDecision } from '../../payments/payment.events.js';
import { routingSubject } from '../../testing/routing-subject.js';
import { initialProfile, type GatewayProfile } from '../registry/gateway-profile.js';
import { explainRouting } from './explain-routing.js';
import { recompute, route, type Routed } from './route.js';
import { routingSignal, type CandidateFacts } from './routing-signal.js';
import { defaultWeights, ROUTING_SIGNALS } from './routing-signals.js';

function candidate(
  name: string,
  profile: Partial<GatewayProfile> = {},
  over: Partial<CandidateFacts> = {},
): CandidateFacts {
  return {
    profile: { ...initialProfile({ name, adapter: 'simulator' }), ...profile },
    acceptsToken: true,
    admission: { admitted: true },
    stats: { samples: 0, successes: 0, latencyP50Ms: null, latencyP95Ms: null, health: 1 },
    ...over,
  };
}

const UNSCORED = { scores: null, total: null, inputs: null, weight: null };
const CLOSED = { admitted: false, reason: 'has an open breaker', retryAfterS: 5 } as const;

function routed(
  candidates: readonly CandidateFacts[],
  over: {
    readonly subject?: Parameters<typeof routingSubject>[0];
    readonly again?: string;
    readonly tried?: readonly string[];
    readonly rule?: RoutingDecision['rule'];
  } = {},
): Routed {
  const { subject, again = null, tried = [], rule = null } = over;
  return route({
    request: { subject: routingSubject(subject), operation: 'purchase', gateway: again, tried },
    candidates,
    signals: ROUTING_SIGNALS,
    weights: defaultWeights(),
    rulesVersion: 4,
    rule,
  });
}

/** In words, a candidate each. */
function candidatesOf({ gateway, decision }: Routed, paymentId = 'pay_1') {
  return explainRouting(decision, { paymentId, gateway }).candidates;
}

function reasonsOf(routing: Routed): Record<string, string> {
  return Object.fromEntries(candidatesOf(routing).map(({ gateway, reason }) => [gateway, reason]));
}

describe('who falls out', () => {
  const limits = [{ currency: 'EUR', min: '2501', max: null }];
  const most = [{ currency: 'EUR', min: null, max: '2499' }];
  it.each<[string, CandidateFacts]>([
    ['is disabled', candidate('alpha', { enabled: false })],
    ['does not take EUR', candidate('alpha', { currencies: ['USD'] })],
    ['does not take card', candidate('alpha', { methods: ['wallet'] })],
    ['does not take payments from DE', candidate('alpha', { countries: ['FR'] })],
    ['takes no less than 25.01 EUR', candidate('alpha', { limits })],
    ['takes no more than 24.99 EUR', candidate('alpha', { limits: most })],
    ['can not use this token', candidate('alpha', {}, { acceptsToken: false })],
    ['has an open breaker', candidate('alpha', {}, { admission: CLOSED })],
  ])('a gateway that %s', (reason, facts) => {
    const nobody = routed([facts]);
    expect(nobody.gateway).toBeNull();
    expect(candidatesOf(nobody)).toEqual([
      { gateway: 'alpha', eligible: false, reason, ...UNSCORED },
    ]);
    expect(routed([facts, candidate('bravo')]).gateway).toBe('bravo');
  });

  it('nobody by lists and bounds that fit exactly, or by a country that the payment does not tell', () => {
    const facts = candidate('alpha', {
      currencies: ['EUR'],
      methods: ['card'],
      countries: ['DE'],
      limits: [{ currency: 'EUR', min: '2500', max: '2500' }],
    });
    expect(routed([facts]).gateway).toBe('alpha');
    const nowhere = { paymentMethod: { country: null } };
    expect(routed([facts], { subject: nowhere }).gateway).toBe('alpha');
  });

  it('who was tried, and whom a rule leaves out', () => {
    const three = [candidate('alpha'), candidate('bravo'), candidate('charlie')];
    const rule = { id: 'some', then: { only: ['alpha', 'bravo'] } };
    const some = routed(three, { tried: ['alpha'], rule });
    expect(some).toMatchObject({ gateway: 'bravo', decision: { rule, rulesVersion: 4 } });
    expect(reasonsOf(some)).toEqual({
      alpha: 'was tried already',
      bravo: 'is the only one left',
      charlie: 'is left out by rule some',
    });
  });
});

describe('the same gateway once more', () => {
  const two = [candidate('alpha'), candidate('bravo', { weight: 9 })];

  it('is taken before a better one', () => {
    const again = routed(two, { again: 'alpha', tried: ['alpha'] });
    expect(again.gateway).toBe('alpha');
    expect(reasonsOf(again)).toEqual({
      alpha: 'may be tried once more',
      bravo: 'alpha is tried once more',
    });
  });

  it('gives way to another one where it takes nothing any more', () => {
    const closed = candidate('alpha', {}, { admission: CLOSED });
    const bravo = candidate('bravo');
    expect(routed([closed, bravo], { again: 'alpha', tried: ['alpha'] }).gateway).toBe('bravo');
    expect(routed([bravo], { again: 'alpha', tried: ['alpha'] }).gateway).toBe('bravo');
    const tried = ['alpha', 'bravo'];
    expect(routed([closed, bravo], { again: 'alpha', tried }).gateway).toBeNull();
  });
});

describe('a decision', () => {
  it('keeps inputs, totals and the reason of the choice, and tells the scores', () => {
    const cost = [{ currency: 'EUR', fixed: '30', percent: '1.4' }];
    const stats = {
      samples: 30,
      successes: 30,
      latencyP50Ms: 20,
      latencyP95Ms: 40.4,
      health: 0.98765,
    };
    const two = routed([candidate('alpha', { cost }, { stats }), candidate('bravo')]);
    expect(two.decision).toEqual({
      by: 'score',
      gateways: ['alpha', 'bravo'],
      fallenOut: {},
      rulesVersion: 4,
      rule: null,
      scored: {
        version: 1,
        weights: defaultWeights(),
        inputs: {
          success: [{ samples: 30, successes: 30 }, null],
          latency: [{ samples: 30, p95Ms: 40 }, null],
          cost: ['65', null],
          health: [0.9877, 1],
        },
        factors: [1, 1],
        totals: [0.9716, 0.9167],
      },
    });
    const [alpha, bravo] = candidatesOf(two);
    expect(alpha).toEqual({
      gateway: 'alpha',
      eligible: true,
      reason: 'has the best total',
      scores: { success: 0.975, latency: 0.8658, cost: 1, health: 0.9877 },
      total: 0.9716,
      inputs: {
        success: { samples: 30, successes: 30 },
        latency: { samples: 30, p95Ms: 40 },
        cost: '65',
        health: 0.9877,
      },
      weight: 1,
    });
    expect(bravo).toMatchObject({ reason: 'is eligible', eligible: true });
  });

  it('is JSON as stored, and can be computed again from it alone', () => {
    const stats = fc.record({
      samples: fc.nat(500),
      successes: fc.nat(500),
      latencyP50Ms: fc.constant(null),
      latencyP95Ms: fc.option(fc.double({ min: 0, max: 30_000, noNaN: true })),
      health: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const cost = fc.record({
      currency: fc.constantFrom('EUR', 'USD'),
      fixed: fc.nat(500).map(String),
      percent: fc.constantFrom('0', '1.4', '2.9', '0.0001'),
    });
    const facts = fc.uniqueArray(
      fc
        .record({
          name: fc.constantFrom('a', 'b', 'c', 'd'),
          stats,
          cost: fc.array(cost, { maxLength: 1 }),
          enabled: fc.boolean(),
          weight: fc.constantFrom(0, 0.5, 1, 2),
        })
        .map(({ name, stats: seen, ...profile }) => candidate(name, profile, { stats: seen })),
      { selector: ({ profile }) => profile.name },
    );
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 });
    const then = fc.oneof(
      names.map((prefer) => ({ prefer })),
      names.map((only) => ({ only })),
      names.map((avoid) => ({ avoid })),
      fc.nat(99).map((percent) => ({
        split: [
          { gateway: 'a', percent: percent + 1 },
          { gateway: 'b', percent: 99 - percent },
        ],
      })),
    );
    const rule = fc.option(then.map((preference) => ({ id: 'r', then: preference })));
    fc.assert(
      fc.property(facts, rule, fc.uuid(), names, (candidates, applied, paymentId, tried) => {
        const made = routed(candidates, { subject: { paymentId }, rule: applied, tried });
        const stored: RoutingDecision = JSON.parse(JSON.stringify(made.decision));
        expect(stored).toEqual(made.decision);
        const again = recompute(stored, paymentId);
        expect(again).toMatchObject({ gateway: made.gateway, by: stored.by });
        expect(again?.totals).toEqual(stored.scored?.totals);
      }),
    );
  });

  it('that nobody scored is not computed again', () => {
    const { decision } = routed([candidate('alpha')]);
    expect(recompute({ ...decision, scored: null }, 'pay_1')).toBeNull();
  });

  it('is computed again by the signals that it weighed, also after others came', () => {
    const { decision } = routed([candidate('alpha'), candidate('bravo')]);
    const later = routingSignal({
      name: 'later',
      defaultWeight: 1,
      read: () => 1,
      score: (inputs) => inputs,
    });
    const again = recompute(decision, 'pay_1', [...ROUTING_SIGNALS, later]);
    expect(again).toEqual(recompute(decision, 'pay_1'));
    expect(recompute(decision, 'pay_1', ROUTING_SIGNALS.slice(1))).toBeNull();
  });
});
