import { upcast, UnknownEventError, type Upcasters } from './payment.upcasters.js';

/** A type that only this spec knows: its amount was a number of euros once, then cents, then had a currency. */
const VERSIONS = { TipGiven: 3 };
const UPCASTERS: Upcasters = {
  TipGiven: {
    1: ({ euros }) => ({ cents: `${Number(euros) * 100}` }),
    2: ({ cents }) => ({ amount: cents, currency: 'EUR' }),
  },
};

function lifted(version: number, data: { readonly [name: string]: unknown }) {
  return upcast({ type: 'TipGiven', version, data }, UPCASTERS, VERSIONS);
}

describe('upcasting', () => {
  it('lifts an old version step by step to the current shape', () => {
    const current = { type: 'TipGiven', data: { amount: '300', currency: 'EUR' } };
    expect(lifted(1, { euros: 3 })).toEqual(current);
    expect(lifted(2, { cents: '300' })).toEqual(current);
    expect(lifted(3, { amount: '300', currency: 'EUR' })).toEqual(current);
  });

  it('leaves the stored data as it is', () => {
    const data = Object.freeze({ euros: 3 });
    lifted(1, data);
    expect(data).toEqual({ euros: 3 });
  });

  it('refuses a version that a newer release wrote', () => {
    expect(() => lifted(4, {})).toThrow(UnknownEventError);
  });

  it('refuses a version that nothing lifts', () => {
    expect(() => lifted(0, {})).toThrow(UnknownEventError);
  });

  it.each(['TipTaken', 'constructor', '__proto__'])('refuses the unknown type %s', (type) => {
    expect(() => upcast({ type, version: 1, data: {} }, UPCASTERS, VERSIONS)).toThrow(
      UnknownEventError,
    );
  });
});

describe.each(['AuthorizationRequested', 'PurchaseRequested'])('the routing of %s', (type) => {
  it('of version 1 becomes a decision in which nothing was scored', () => {
    const candidates = [
      { gateway: 'alpha', eligible: false, reason: 'tried already' },
      { gateway: 'bravo', eligible: true, reason: 'configured' },
    ];
    const old = { intent: 1, gateway: 'bravo', routing: { candidates } };
    expect(upcast({ type, version: 1, data: old })).toEqual({
      type,
      data: {
        intent: 1,
        gateway: 'bravo',
        routing: {
          by: 'configured_order',
          gateways: ['alpha', 'bravo'],
          fallenOut: { alpha: 'tried already' },
          rulesVersion: 0,
          rule: null,
          scored: null,
        },
      },
    });
  });

  it('of version 2 keeps what scores are computed from', () => {
    const nothing = { scores: null, total: null, inputs: null, weight: null };
    const candidates = [
      { gateway: 'alpha', eligible: false, reason: 'is disabled', ...nothing },
      {
        gateway: 'bravo',
        eligible: true,
        reason: 'is chosen by rule r',
        scores: { health: 1, cost: 0.5 },
        total: 1.5,
        inputs: { health: 1, cost: '40' },
        weight: 2,
      },
      {
        gateway: 'charlie',
        eligible: true,
        reason: 'is eligible',
        scores: { health: 0.5, cost: 1 },
        total: 0.75,
        inputs: { health: 0.5, cost: null },
        weight: 1,
      },
    ];
    const rule = { id: 'r', then: { prefer: ['bravo'] } };
    const weights = { health: 1, cost: 1 };
    const routing = { candidates, weights, rulesVersion: 3, rule, scoring: 1 };
    const old = { gateway: 'bravo', routing: { gateway: 'bravo', ...routing } };
    expect(upcast({ type, version: 2, data: old }).data).toEqual({
      gateway: 'bravo',
      routing: {
        by: 'rule',
        gateways: ['alpha', 'bravo', 'charlie'],
        fallenOut: { alpha: 'is disabled' },
        rulesVersion: 3,
        rule,
        scored: {
          version: 1,
          weights,
          inputs: { health: [1, 0.5], cost: ['40', null] },
          factors: [2, 1],
          totals: [1.5, 0.75],
        },
      },
    });
  });
});
