import { eventually } from '../../libs/testing/eventually.js';
import { openGatewayHouse, type GatewayHouse } from '../../libs/testing/gateway-house.js';

interface Decision {
  readonly gateway: string | null;
  readonly rules_version: number;
  readonly candidates: readonly {
    readonly gateway: string;
    readonly eligible: boolean;
    readonly reason: string;
    readonly total: number | null;
  }[];
}

const PAYMENT = {
  amount: 2500,
  currency: 'EUR',
  payment_method: { type: 'card', token: 'tok_approve' },
};

describe('gateways and routing over HTTP', () => {
  let house: GatewayHouse;
  beforeEach(async () => {
    house = await openGatewayHouse(['alpha', 'bravo', 'charlie']);
  });
  afterEach(() => house.close());

  const operator = (method: 'GET' | 'POST' | 'PUT', url: string, body?: object) =>
    house.call('operator', method, url, body);
  const simulate = async (over: object = {}) => {
    const { body } = await operator('POST', '/v1/routing/simulate', { ...PAYMENT, ...over });
    return body as unknown as Decision;
  };

  describe('a gateway', () => {
    it('is shown with what is configured of it, how it does and why', async () => {
      const { status, body } = await house.call('analyst', 'GET', '/v1/gateways');
      expect(status).toBe(200);
      const data = body['data'] as Record<string, unknown>[];
      expect(data.map(({ name }) => name)).toEqual(['alpha', 'bravo', 'charlie']);
      expect(data[0]).toEqual({
        name: 'alpha',
        adapter: 'simulator',
        enabled: true,
        currencies: null,
        methods: null,
        countries: null,
        limits: [],
        cost: [],
        weight: 1,
        health: expect.objectContaining({ score: 1, samples: 0, success_rate: null }),
        breaker: 'CLOSED',
        reason: expect.any(String),
      });
      const one = await operator('GET', '/v1/gateways/alpha');
      expect(Object.keys(one.body)).toEqual(Object.keys(data[0] ?? {}));
    });

    it('counts its payments', async () => {
      const { body } = await house.pay();
      const gateway = body['gateway'] as string;
      await eventually(async () => {
        const shown = await operator('GET', `/v1/gateways/${gateway}`);
        expect(shown.body['health']).toMatchObject({
          samples: 1,
          success_rate: 1,
          error_rate: 0,
          last_minute: { samples: 1 },
          by: [{ currency: 'EUR', method: 'card', samples: 1 }],
        });
      });
    });

    it('is changed in any part, which an event keeps with who and why', async () => {
      const cost = [{ currency: 'EUR', fixed: 10, percent: 1.4 }];
      const limits = [{ currency: 'EUR', min: 100, max: '100000000000000000' }];
      const first = await operator('PUT', '/v1/gateways/bravo', { cost, limits, reason: 'deal' });
      expect(first).toMatchObject({ status: 200, body: { cost, limits, enabled: true } });
      expect(first.headers['tillstream-position']).toEqual(expect.any(String));
      const change = await operator('PUT', '/v1/gateways/bravo', { enabled: false });
      const again = await operator('PUT', '/v1/gateways/bravo', { enabled: false });
      expect(again.body).toMatchObject({ cost, enabled: false });
      // Whoever got no answer waits for the change by that of the repeat.
      const position = change.headers['tillstream-position'];
      expect(again.headers['tillstream-position']).toBe(position);

      const events = await house.store.readStream('gateway-bravo');
      expect(events.map(({ type }) => type)).toEqual(['GatewayChanged', 'GatewayChanged']);
      expect(events[0]?.metadata.actor).toMatch(/^operator:key_/);
      expect(events[0]?.data).toMatchObject({
        gateway: 'bravo',
        reason: 'deal',
        before: { cost: [] },
        after: { cost: [{ currency: 'EUR', fixed: '10', percent: '1.4' }], enabled: true },
      });
    });

    it('is changed only as it was known, where If-Match says so', async () => {
      const url = '/v1/gateways/alpha';
      const change = (weight: number, etag: unknown) =>
        house.api.app.inject({
          method: 'PUT',
          url,
          headers: {
            authorization: `Bearer ${house.api.key.operator}`,
            'content-type': 'application/json',
            'if-match': String(etag),
          },
          payload: JSON.stringify({ weight }),
        });
      const known = (await operator('GET', url)).headers['etag'];
      const changed = await change(2, known);
      expect([known, changed.statusCode, changed.headers['etag']]).toEqual(['"0"', 200, '"1"']);
      const late = await change(3, known);
      expect(late.json()).toMatchObject({ status: 412, code: 'REVISION_MISMATCH' });
      expect((await change(3, '"1"')).statusCode).toBe(200);
      expect((await operator('GET', url)).headers['etag']).toBe('"2"');
    });

    it('that is disabled gets no payment, and the others say why not', async () => {
      await operator('PUT', '/v1/gateways/alpha', { enabled: false });
      await operator('PUT', '/v1/gateways/bravo', { currencies: ['USD'] });
      const decision = await simulate();
      expect(decision.gateway).toBe('charlie');
      expect(decision.candidates).toMatchObject([
        { gateway: 'alpha', eligible: false, reason: 'is disabled', total: null },
        { gateway: 'bravo', eligible: false, reason: 'does not take EUR', total: null },
        { gateway: 'charlie', eligible: true },
      ]);
      for (let payment = 0; payment < 3; payment += 1) {
        expect((await house.pay()).body['gateway']).toBe('charlie');
      }
    });

    it.each([
      [{ currencies: ['EUR', 'XXZ'] }, '/currencies/1'],
      [{ cost: [{ currency: 'EUR', percent: 101 }] }, '/cost/0/percent'],
      [{ weight: -1 }, '/weight'],
      [{ breaker: 'CLOSED' }, '/breaker'],
    ])('refuses %j and points at it', async (body, pointer) => {
      const refused = await operator('PUT', '/v1/gateways/alpha', body);
      expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
      expect(await house.store.readStream('gateway-alpha')).toEqual([]);
    });
  });

  describe('routing rules', () => {
    const only = (name: string) => ({ rules: [{ id: 'one', then: { only: [name] } }] });

    it('are set as versions, hold at once, and are rolled back', async () => {
      expect((await operator('GET', '/v1/routing/rules')).body).toMatchObject({ version: 0 });
      const set = await operator('PUT', '/v1/routing/rules', { ...only('bravo'), reason: 'test' });
      expect(set).toMatchObject({ status: 200, body: { version: 1, ...only('bravo') } });
      expect((await house.pay()).body['gateway']).toBe('bravo');
      await operator('PUT', '/v1/routing/rules', only('charlie'));
      expect(await simulate()).toMatchObject({ gateway: 'charlie', rules_version: 2 });

      const back = await operator('POST', '/v1/routing/rules/rollback', { version: 1 });
      expect(back).toMatchObject({ status: 200, body: { version: 3, ...only('bravo') } });
      expect((await operator('GET', '/v1/routing/rules')).body).toEqual(back.body);
      expect(await simulate()).toMatchObject({ gateway: 'bravo', rules_version: 3 });

      const versions = '/v1/routing/rules/versions';
      const first = await operator('GET', `${versions}?limit=3`);
      expect(first.body['data']).toMatchObject([
        { version: 3, rolled_back_to: 1, actor: expect.stringMatching(/^operator:/) },
        { version: 2, rolled_back_to: null },
        { version: 1, reason: 'test' },
      ]);
      const cursor = String(first.body['next_cursor']);
      const rest = await operator('GET', `${versions}?limit=3&cursor=${cursor}`);
      expect(rest.body).toMatchObject({ data: [{ version: 0, at: null }], next_cursor: null });
    });

    it('show amounts as all of the API does, wherever they stand', async () => {
      const large = '9007199254740993';
      const within = { amount: { currency: 'EUR', between: [5, large] } };
      const when = {
        amount: { gte: 100, lt: large },
        any: [within, { not: { amount: { lte: 7 } } }],
      };
      const rules = [{ id: 'large', when: { ...when, all: [within] }, then: { avoid: ['bravo'] } }];
      const set = await operator('PUT', '/v1/routing/rules', { rules });
      expect(set).toMatchObject({ status: 200, body: { rules } });
      const read = await operator('GET', '/v1/routing/rules');
      expect(read.body).toEqual(set.body);
      const { body } = await operator('GET', '/v1/routing/rules/versions?limit=1');
      expect(body['data']).toMatchObject([{ version: 1, rules }]);
      const back = await operator('POST', '/v1/routing/rules/rollback', { version: 1 });
      expect(back.body).toMatchObject({ version: 2, rules });
    });

    it.each([
      [{ rules: [{ id: 'a', then: { only: ['nobody'] } }] }, '/rules/0/then/only/0'],
      [
        { rules: [{ id: 'a', when: { county: 'DE' }, then: { only: ['alpha'] } }] },
        '/rules/0/when/county',
      ],
      [
        { rules: [{ id: 'a', then: { split: [{ gateway: 'alpha', percent: 99 }] } }] },
        '/rules/0/then/split',
      ],
      [{ rules: [], weights: { cost: 0.5, speed: 1 } }, '/weights/speed'],
      [{ rules: [], weights: { cost: 0 } }, '/weights'],
      [{ weights: { cost: 1 } }, '/rules'],
    ])('are refused where %j is wrong', async (body, pointer) => {
      const refused = await operator('PUT', '/v1/routing/rules', body);
      expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
      expect(await house.store.readStream('routing-rules')).toEqual([]);
    });

    it('are rolled back once for one Idempotency-Key', async () => {
      await operator('PUT', '/v1/routing/rules', only('alpha'));
      const rollBack = (version: number) =>
        house.api.app.inject({
          method: 'POST',
          url: '/v1/routing/rules/rollback',
          headers: {
            authorization: `Bearer ${house.api.key.operator}`,
            'idempotency-key': 'once',
          },
          payload: { version },
        });
      const copies = await Promise.all([rollBack(0), rollBack(0), rollBack(0)]);
      const first = await rollBack(0);
      expect(first.headers['idempotency-replayed']).toBe('true');
      for (const copy of copies) expect([copy.statusCode, copy.body]).toEqual([200, first.body]);
      expect((await rollBack(1)).json()).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
      expect(await house.store.readStream('routing-rules')).toHaveLength(2);
    });
  });

  it('the same simulated payment is always answered alike, and nothing is kept of it', async () => {
    const split = [
      { gateway: 'alpha', percent: 50 },
      { gateway: 'bravo', percent: 50 },
    ];
    await operator('PUT', '/v1/routing/rules', { rules: [{ id: 'half', then: { split } }] });
    const once = await simulate({ order_id: 'one' });
    expect(await simulate({ order_id: 'one' })).toEqual(once);
    const drawn = new Set<string | null>();
    for (let order = 0; order < 20; order += 1) {
      drawn.add((await simulate({ order_id: `order-${order}` })).gateway);
    }
    expect(drawn).toEqual(new Set(['alpha', 'bravo']));
    expect(await house.steer('GET', '/books')).toMatchObject({ data: [] });
  });

  it('a rule may ask for the merchant of a simulated payment', async () => {
    const when = { merchant_id: 'mer_one' };
    const rules = [{ id: 'his', when, then: { only: ['bravo'] } }];
    await operator('PUT', '/v1/routing/rules', { rules });
    expect((await simulate({ merchant_id: 'mer_one' })).gateway).toBe('bravo');
    expect((await simulate()).candidates.filter(({ eligible }) => eligible)).toHaveLength(3);
  });
});
