import { jsonPointer } from '../../platform/strict-json.js';
import { gatewayPatchSchema } from './gateway-profile.schema.js';
import { costOf, decideGatewayChange, evolveGateway, initialProfile } from './gateway-profile.js';

const alpha = initialProfile({ name: 'alpha', adapter: 'simulator' });

function pointersOf(patch: unknown): readonly string[] {
  const parsed = gatewayPatchSchema.safeParse(patch);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => jsonPointer(path));
}

describe('a patch of a profile', () => {
  it.each([
    [{ currencies: ['EUR', 'XXX'] }, '/currencies/1'],
    [{ currencies: [] }, '/currencies'],
    [{ currencies: ['EUR', 'EUR'] }, '/currencies'],
    [{ methods: ['Card'] }, '/methods/0'],
    [{ countries: ['DE', 'Germany'] }, '/countries/1'],
    [{ limits: [{ currency: 'EUR', min: 100, max: 99 }] }, '/limits/0/min'],
    [{ limits: [{ currency: 'EUR', min: -1 }] }, '/limits/0/min'],
    [{ limits: [{ currency: 'EUR' }, { currency: 'EUR' }] }, '/limits'],
    [{ cost: [{ currency: 'EUR', fixed: -1 }] }, '/cost/0/fixed'],
    [{ cost: [{ currency: 'EUR', fixed: 1.5 }] }, '/cost/0/fixed'],
    [{ cost: [{ currency: 'EUR', percent: '100.1' }] }, '/cost/0/percent'],
    [{ cost: [{ currency: 'EUR', percent: -0.1 }] }, '/cost/0/percent'],
    [{ cost: [{ currency: 'EUR', fixed: '100000000000000001' }] }, '/cost/0/fixed'],
    [{ weight: -1 }, '/weight'],
    [{ weight: 101 }, '/weight'],
    [{ enabled: 'yes' }, '/enabled'],
  ])('%j is wrong at %s', (patch, pointer) => {
    expect(pointersOf(patch)).toEqual([pointer]);
  });

  it('takes numbers and digits alike, and null for all', () => {
    const limits = [{ currency: 'EUR', min: 100, max: '250000' }];
    const cost = [{ currency: 'JPY', fixed: 30, percent: 1.4 }];
    expect(gatewayPatchSchema.parse({ limits, cost, currencies: null })).toEqual({
      limits: [{ currency: 'EUR', min: '100', max: '250000' }],
      cost: [{ currency: 'JPY', fixed: '30', percent: '1.4' }],
      currencies: null,
    });
  });

  it('knows no name, adapter or secret', () => {
    expect(gatewayPatchSchema.safeParse({ name: 'bravo' }).success).toBe(false);
    expect(gatewayPatchSchema.safeParse({ webhookSecret: 'x' }).success).toBe(false);
  });
});

describe('a change of a profile', () => {
  it('tells before and after', () => {
    const patch = { weight: 2, enabled: false };
    expect(decideGatewayChange(alpha, { patch, reason: 'maintenance' })).toEqual({
      type: 'GatewayChanged',
      data: {
        gateway: 'alpha',
        reason: 'maintenance',
        before: alpha,
        after: { ...alpha, weight: 2, enabled: false },
      },
    });
  });

  it('is none where all is as it was, in whatever order its names are stored', () => {
    const cost = [{ currency: 'EUR', fixed: '30', percent: '1.4' }];
    const stored = { ...alpha, cost: [{ percent: '1.4', fixed: '30', currency: 'EUR' }] };
    expect(
      decideGatewayChange(stored, { patch: { cost, enabled: true }, reason: null }),
    ).toBeNull();
    expect(decideGatewayChange(alpha, { patch: { weight: undefined }, reason: null })).toBeNull();
  });

  it('leaves name and adapter to the environment', () => {
    const after = { ...alpha, adapter: 'stripe', name: 'other', weight: 3 };
    const event = { type: 'GatewayChanged', data: { before: alpha, after } };
    // Only type and data are read.
    expect(evolveGateway(alpha, event as never)).toEqual({ ...alpha, weight: 3 });
  });
});

describe('the cost of a payment', () => {
  const cost = [
    { currency: 'EUR', fixed: '30', percent: '1.4' },
    { currency: 'JPY', fixed: '0', percent: '2.95' },
    { currency: 'USD', fixed: '7', percent: '3' },
  ];
  const dear = { ...alpha, cost };

  it.each([
    [2500n, 65n],
    [1n, 30n],
    [10n ** 17n, 14n * 10n ** 14n + 30n],
  ])('of %s is %s', (amount, expected) => expect(costOf(dear, amount, 'EUR')).toBe(expected));

  it('knows percentages with two decimals and with none', () => {
    expect(costOf(dear, 10_000n, 'JPY')).toBe(295n);
    expect(costOf(dear, 10_000n, 'USD')).toBe(307n);
  });

  it('is not known in a currency without an entry', () => {
    expect(costOf(dear, 2500n, 'GBP')).toBeNull();
  });
});
