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

describe('the routing of attempts', () => {
  const unscored = { scores: null, total: null, inputs: null, weight: null };

  it.each(['AuthorizationRequested', 'PurchaseRequested'])(
    '%s of version 1 becomes a decision in which nothing was scored',
    (type) => {
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
            gateway: 'bravo',
            candidates: candidates.map((it) => ({ ...it, ...unscored })),
            weights: null,
            rulesVersion: 0,
            rule: null,
            scoring: 0,
          },
        },
      });
    },
  );
});
