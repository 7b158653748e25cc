import { readFileSync } from 'node:fs';
import path from 'node:path';
import { upcast } from '../../payments/payment.upcasters.js';
import type { RoutingDecision } from '../../payments/routing-decision.js';
import { explainRouting } from './explain-routing.js';
import { recompute } from './route.js';

/** Decisions as attempts of version 2 stored them: a row a candidate, with scores. */
interface OldDecision {
  readonly paymentId: string;
  readonly routing: {
    readonly gateway: string;
    readonly candidates: readonly object[];
    readonly weights: object;
    readonly rulesVersion: number;
    readonly rule: object | null;
  };
}

const FILE = path.join(process.cwd(), 'libs/gateways/routing/golden/decisions.v2.json');
const OLD: readonly OldDecision[] = JSON.parse(readFileSync(FILE, 'utf8'));

function lifted(version: number, data: { readonly gateway: string; readonly routing: object }) {
  const event = upcast({ type: 'PurchaseRequested', version, data: { ...data } });
  if (event.type !== 'PurchaseRequested') throw new Error('an event keeps its type');
  return event.data.routing;
}

describe('a decision of an earlier release', () => {
  it.each(OLD)('$paymentId tells of each candidate what it told then', ({ paymentId, routing }) => {
    const { gateway, candidates, weights, rulesVersion, rule } = routing;
    const decision = lifted(2, { gateway, routing });
    expect(explainRouting(decision, { paymentId, gateway })).toEqual({
      gateway,
      candidates,
      weights,
      rulesVersion,
      rule,
    });
  });

  it.each(OLD)('$paymentId gives its gateway and totals again', ({ paymentId, routing }) => {
    const decision = lifted(2, { gateway: routing.gateway, routing });
    const again = recompute(decision, paymentId);
    expect(again?.gateway).toBe(routing.gateway);
    expect(again?.totals).toEqual(decision.scored?.totals);
  });

  it.each([
    ['configured', 'tried already'],
    ['the same gateway may be tried once more', 'another gateway is tried once more'],
  ])('that scored nobody says that %s', (reason, other) => {
    const candidates = [
      { gateway: 'alpha', eligible: false, reason: other },
      { gateway: 'bravo', eligible: true, reason },
    ];
    const decision = lifted(1, { gateway: 'bravo', routing: { candidates } });
    const unscored = { scores: null, total: null, inputs: null, weight: null };
    expect(explainRouting(decision, { paymentId: 'pay_1', gateway: 'bravo' })).toEqual({
      gateway: 'bravo',
      candidates: candidates.map((candidate) => ({ ...candidate, ...unscored })),
      weights: null,
      rulesVersion: 0,
      rule: null,
    });
  });
});

describe('a decision by a computation that is not known here', () => {
  it('still tells its inputs and totals', () => {
    const decision: RoutingDecision = {
      by: 'score',
      gateways: ['alpha', 'constructor'],
      fallenOut: {},
      rulesVersion: 0,
      rule: null,
      scored: {
        version: 99,
        weights: { health: 1 },
        inputs: { health: [0.5, 1] },
        factors: [1, 2],
        totals: [0.25, 4],
      },
    };
    const chosen = { paymentId: 'pay_1', gateway: 'constructor' };
    expect(explainRouting(decision, chosen).candidates).toEqual([
      {
        gateway: 'alpha',
        eligible: true,
        reason: 'is eligible',
        scores: null,
        total: 0.25,
        inputs: { health: 0.5 },
        weight: 1,
      },
      {
        gateway: 'constructor',
        eligible: true,
        reason: 'has the best total',
        scores: null,
        total: 4,
        inputs: { health: 1 },
        weight: 2,
      },
    ]);
  });
});
