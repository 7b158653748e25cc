import { inspect } from 'node:util';
import { gatewaysVariable, openGateway, profileOf } from './gateways-variable.js';

const alpha = { name: 'alpha', adapter: 'simulator', url: 'http://127.0.0.1:4010/alpha' };

function faultsOf(gateways: unknown): readonly string[] {
  const parsed = gatewaysVariable.safeParse(JSON.stringify(gateways));
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'));
}

describe('GATEWAYS', () => {
  it('is a list of names, adapters and addresses', () => {
    const [settings] = gatewaysVariable.parse(JSON.stringify([alpha]));
    if (settings === undefined) throw new Error('nothing was read');
    expect(openGateway(settings).name).toBe('alpha');
    expect(profileOf(settings)).toEqual({
      name: 'alpha',
      adapter: 'simulator',
      enabled: true,
      currencies: null,
      methods: null,
      countries: null,
      limits: [],
      cost: [],
      weight: 1,
    });
  });

  it('begins profiles, and leaves secrets out of them', () => {
    const [settings] = gatewaysVariable.parse(
      JSON.stringify([
        {
          ...alpha,
          currencies: ['EUR'],
          cost: [{ currency: 'EUR', fixed: 30, percent: '1.4' }],
          weight: 2,
          webhookSecret: 'whsec_0123456789abcdef',
        },
      ]),
    );
    if (settings === undefined) throw new Error('nothing was read');
    expect(profileOf(settings)).toMatchObject({
      currencies: ['EUR'],
      cost: [{ currency: 'EUR', fixed: '30', percent: '1.4' }],
      weight: 2,
    });
    expect(JSON.stringify(profileOf(settings))).not.toContain('whsec');
  });

  it('takes an account at Stripe, and shows its secrets nowhere', () => {
    const stripe = {
      name: 'stripe',
      adapter: 'stripe',
      secretKey: 'sk_test_0123456789',
      webhookSecret: 'whsec_0123456789abcdef',
    };
    const [settings] = gatewaysVariable.parse(JSON.stringify([stripe]));
    if (settings === undefined) throw new Error('nothing was read');
    expect(openGateway(settings).capabilities).toMatchObject({
      increment: true,
      multipleCaptures: false,
    });
    expect(settings).toMatchObject({ url: 'https://api.stripe.com' });
    const shown = JSON.stringify(settings) + inspect(settings) + inspect(openGateway(settings));
    expect(shown).not.toMatch(/0123456789/);
    expect(JSON.stringify(profileOf(settings))).not.toContain('***');
  });

  it.each([
    [[], ''],
    [[alpha, alpha], ''],
    [[{ ...alpha, name: 'Alpha' }], '0.name'],
    [[{ ...alpha, adapter: 'abacus' }], '0.adapter'],
    [[{ ...alpha, url: 'ftp://x' }], '0.url'],
    [[{ ...alpha, currencies: ['XXX'] }], '0.currencies.0'],
    [[{ ...alpha, surprise: 1 }], '0'],
    [[{ ...alpha, webhookSecret: 'fifteen letters' }], '0.webhookSecret'],
    // Without a single byte in base64: anybody could sign with the key that it stands for.
    [[{ ...alpha, webhookSecret: 'whsec_****************' }], '0.webhookSecret'],
    [[{ ...alpha, webhookSecret: 'whsec_0123456789' }], '0.webhookSecret'],
    [[{ name: 'stripe', adapter: 'stripe' }], '0.secretKey'],
  ])('%j is wrong at %j', (gateways, path) => {
    expect(faultsOf(gateways)).toEqual([path]);
  });
});
