import fc from 'fast-check';
import type { RoutingInput } from '../../payments/routing-decision.js';
import { choose, type ChoiceInputs } from './choose.js';
import { ROUTING_SIGNALS } from './routing-signals.js';

/** What specs say of a gateway. */
interface Known {
  readonly samples: number;
  readonly successes: number;
  readonly latencyMs: number | null;
  readonly cost: string | null;
  readonly health: number;
  readonly weight: number;
}

const WELL: Known = {
  samples: 0,
  successes: 0,
  latencyMs: null,
  cost: null,
  health: 1,
  weight: 1,
};

function inputsOf(known: Partial<Known>): { readonly [signal: string]: RoutingInput } {
  const { samples, successes, latencyMs, cost, health } = { ...WELL, ...known };
  return { success: { samples, successes }, latency: { samples, p95Ms: latencyMs }, cost, health };
}

const EVEN = { success: 1, latency: 1, cost: 1, health: 1 };
const only = (name: 'success' | 'latency' | 'cost' | 'health') => ({
  success: 0,
  latency: 0,
  cost: 0,
  health: 0,
  [name]: 1,
});

function choiceOf(
  inputs: { readonly [gateway: string]: Partial<Known> },
  over: Partial<ChoiceInputs> = {},
) {
  const candidates = Object.entries(inputs).map(([gateway, given]) => ({
    gateway,
    inputs: inputsOf(given),
    weight: given.weight ?? 1,
  }));
  return choose({
    ...columnsOf(candidates),
    signals: ROUTING_SIGNALS,
    weights: EVEN,
    rule: null,
    paymentId: 'pay_1',
    ...over,
  });
}

/** Candidates, a row each, as the lists that a choice is made from. */
function columnsOf(
  candidates: readonly {
    readonly gateway: string;
    readonly inputs: { readonly [signal: string]: RoutingInput };
    readonly weight: number;
  }[],
): Pick<ChoiceInputs, 'gateways' | 'inputs' | 'factors'> {
  return {
    gateways: candidates.map(({ gateway }) => gateway),
    inputs: Object.fromEntries(
      ROUTING_SIGNALS.map(({ name }) => [
        name,
        candidates.map(({ inputs }) => inputs[name] ?? null),
      ]),
    ),
    factors: candidates.map(({ weight }) => weight),
  };
}

function scoreOf(inputs: Partial<Known>, name: 'success' | 'latency' | 'cost' | 'health') {
  return choiceOf({ a: inputs }).scores[name]?.[0];
}

describe('scores', () => {
  it('of success are the mean with a prior: few samples do not decide', () => {
    expect(scoreOf({}, 'success')).toBe(0.9);
    expect(choiceOf({ a: {} }, { inputs: { success: [null] } }).scores['success']).toEqual([0.9]);
    expect(scoreOf({ samples: 1, successes: 0 }, 'success')).toBe(0.8182);
    expect(scoreOf({ samples: 1, successes: 1 }, 'success')).toBe(0.9091);
    expect(scoreOf({ samples: 990, successes: 990 }, 'success')).toBe(0.999);
    const lucky = { samples: 1, successes: 1 };
    const proven = { samples: 1000, successes: 960 };
    expect(choiceOf({ lucky, proven }, { weights: only('success') }).gateway).toBe('proven');
  });

  it('of latency fall with the measured time, by as much as it was measured', () => {
    expect(scoreOf({}, 'latency')).toBe(0.6667);
    expect(choiceOf({ a: {} }, { inputs: { latency: [null] } }).scores['latency']).toEqual([
      0.6667,
    ]);
    expect(scoreOf({ samples: 1_000_000, latencyMs: 1000 }, 'latency')).toBe(0.5);
    expect(scoreOf({ samples: 10, latencyMs: 1500 }, 'latency')).toBe(0.5);
    const quick = { samples: 100, latencyMs: 50 };
    const slow = { samples: 100, latencyMs: 3000 };
    expect(choiceOf({ slow, quick }, { weights: only('latency') }).gateway).toBe('quick');
  });

  it('of cost compare with the cheapest, exactly, also at prices of 0 and beyond 2^53', () => {
    const costs = (choice: ReturnType<typeof choose>) => choice.scores['cost'];
    expect(costs(choiceOf({ a: { cost: '99' }, b: { cost: '199' } }))).toEqual([1, 0.5]);
    expect(costs(choiceOf({ a: { cost: '0' }, b: { cost: '1' } }))).toEqual([1, 0.5]);
    expect(costs(choiceOf({ a: { cost: null }, b: { cost: '99' }, c: { cost: '199' } }))).toEqual([
      0.5, 1, 0.5,
    ]);
    expect(costs(choiceOf({ a: { cost: null }, b: { cost: null } }))).toEqual([1, 1]);
    expect(
      costs(choiceOf({ a: { cost: '100000000000000000' }, b: { cost: '100000000000000001' } })),
    ).toEqual([1, 1]);
  });

  it("add up by weight, times the operator's factor", () => {
    const given = { samples: 10, successes: 6, latencyMs: 1500, cost: '10', health: 0.4 };
    const { scores, totals } = choiceOf({ a: { ...given, weight: 2 } });
    expect(scores).toEqual({ success: [0.75], latency: [0.5], cost: [1], health: [0.4] });
    expect(totals).toEqual([1.325]);
  });
});

describe('the choice', () => {
  it('is nobody where nobody is left', () => expect(choiceOf({}).gateway).toBeNull());

  it('follows the order that a rule prefers, whatever the scores', () => {
    const inputs = { a: {}, b: { health: 0.1 }, c: { health: 0.2 } };
    const rule = { id: 'r', then: { prefer: ['b', 'c'] } };
    expect(choiceOf(inputs, { rule })).toMatchObject({ gateway: 'b', by: 'rule' });
    expect(choiceOf({ a: {}, c: { health: 0 } }, { rule }).gateway).toBe('c');
    expect(choiceOf({ a: {} }, { rule })).toMatchObject({ gateway: 'a', by: 'only_one' });
  });

  it('takes whom a rule avoids only where nobody else is left', () => {
    const rule = { id: 'r', then: { avoid: ['a'] } };
    expect(choiceOf({ a: {}, b: { health: 0 } }, { rule }).gateway).toBe('b');
    expect(choiceOf({ a: {} }, { rule }).gateway).toBe('a');
  });

  it('draws a split by percent from the payment, and redraws only for whom it fell on somebody gone', () => {
    const split = [
      { gateway: 'a', percent: 70 },
      { gateway: 'b', percent: 20 },
      { gateway: 'c', percent: 10 },
    ];
    const rule = { id: 'r', then: { split } };
    const all = { a: {}, b: {}, c: {}, d: {} };
    const without = { b: {}, c: {}, d: {} };
    const counts: Record<string, number> = {};
    for (let number = 0; number < 4000; number += 1) {
      const paymentId = `pay_${number}`;
      const gateway = choiceOf(all, { rule, paymentId }).gateway ?? '';
      counts[gateway] = (counts[gateway] ?? 0) + 1;
      const redrawn = choiceOf(without, { rule, paymentId }).gateway;
      if (gateway === 'a') expect(['b', 'c']).toContain(redrawn);
      else expect(redrawn).toBe(gateway);
    }
    expect(Object.keys(counts).sort()).toEqual(['a', 'b', 'c']);
    expect(Math.abs((counts.a ?? 0) - 2800)).toBeLessThan(120);
    expect(Math.abs((counts.b ?? 0) - 800)).toBeLessThan(105);
    expect(choiceOf({ d: {}, e: { health: 0 } }, { rule }).gateway).toBe('d');
  });

  it('spreads equal totals over payments, and not by order of configuration', () => {
    const gateways = new Set(
      Array.from({ length: 50 }, (_, number) =>
        choiceOf({ a: {}, b: {} }, { paymentId: `${number}` }),
      ),
    );
    const names = [...gateways].map(({ gateway }) => gateway);
    expect(new Set(names)).toEqual(new Set(['a', 'b']));
    expect([...gateways].every(({ by }) => by === 'draw_among_equals')).toBe(true);
  });

  it('is the same for the same inputs in whatever order, and has the best total', () => {
    const inputs = fc.record({
      samples: fc.nat(1000),
      successes: fc.constant(0),
      latencyMs: fc.option(fc.nat(10_000)),
      cost: fc.option(fc.bigInt({ min: 0n, max: 10n ** 17n }).map(String)),
      health: fc.constantFrom(0, 0.5, 1),
      weight: fc.constantFrom(0, 1, 2),
    });
    const candidates = fc.uniqueArray(
      fc.record({
        gateway: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        inputs: inputs.map(inputsOf),
        weight: fc.constantFrom(0, 1, 2),
      }),
      { minLength: 1, selector: ({ gateway }) => gateway },
    );
    const weight = fc.constantFrom(0, 0.5, 3);
    const weights = fc.record({ success: weight, latency: weight, cost: weight, health: weight });
    fc.assert(
      fc.property(candidates, weights, fc.uuid(), (given, weighed, paymentId) => {
        const base = { signals: ROUTING_SIGNALS, weights: weighed, rule: null, paymentId };
        const one = choose({ ...base, ...columnsOf(given) });
        const other = choose({ ...base, ...columnsOf([...given].reverse()) });
        expect(other.gateway).toBe(one.gateway);
        const chosen = given.findIndex(({ gateway }) => gateway === one.gateway);
        expect(one.totals[chosen]).toBe(Math.max(...one.totals));
      }),
    );
  });
});
