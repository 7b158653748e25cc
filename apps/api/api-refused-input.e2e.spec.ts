import { commandsApi, PAYMENT } from '../../libs/testing/api-posts.js';

describe('input of commands that is refused', () => {
  const { api, post } = commandsApi();

  it.each([
    ['zero', 0],
    ['a negative', -1],
    ['a fraction', 25.5],
    ['a text that fits a number', '2500'],
    ['2^53 as text, less one', '9007199254740991'],
    ['too much', '100000000000000001'],
    ['leading zeros', '0100000000000000'],
    ['null', null],
    ['a list', [1]],
    ['true', true],
  ])('refuses %s as amount', async (_what, amount) => {
    const response = await post('/v1/payments', { ...PAYMENT, amount });
    expect(response.statusCode).toBe(400);
    expect(response.json().errors).toEqual([
      { pointer: '/amount', detail: expect.stringMatching(/integer/) },
    ]);
  });

  it.each<[string, object, string]>([
    ['an unknown property', { surprise: 1 }, '/surprise'],
    [
      'an unknown property within',
      { payment_method: { type: 'card', token: 't', pan: '1' } },
      '/payment_method/pan',
    ],
    ['an unknown currency', { currency: 'EURO' }, '/currency'],
    ['a currency that does not exist', { currency: 'ABC' }, '/currency'],
    ['an unknown method', { payment_method: { type: 'cash', token: 't' } }, '/payment_method/type'],
    ['a missing token', { payment_method: { type: 'card' } }, '/payment_method/token'],
    ['capture_after_s with automatic', { capture_after_s: 60 }, '/capture_after_s'],
    ['metadata that is no text', { metadata: { a: 1 } }, '/metadata/a'],
    [
      'too much metadata',
      { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`k${at}`, ''])) },
      '/metadata',
    ],
    ['metadata that is too long', { metadata: { a: 'x'.repeat(501) } }, '/metadata/a'],
    ['a description that is too long', { description: 'x'.repeat(501) }, '/description'],
    ['an address that is none', { customer_ip: '300.1.1.1' }, '/customer_ip'],
    ['a mail address that is none', { customer_email: 'nobody' }, '/customer_email'],
  ])('refuses %s and says where', async (_what, change, pointer) => {
    const response = await post('/v1/payments', { ...PAYMENT, ...change });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [expect.objectContaining({ pointer })],
    });
    expect(api.calls.seen).toEqual([]);
  });

  it('lets 500 characters be 500 characters, also outside the first plane', async () => {
    const metadata = { note: '\u{1F600}'.repeat(500) };
    expect((await post('/v1/payments', { ...PAYMENT, metadata })).statusCode).toBe(201);
  });

  it.each<[string, string | Buffer, number, string]>([
    ['no JSON', '{"amount":', 400, 'MALFORMED_JSON'],
    ['a list', '[]', 400, 'VALIDATION_FAILED'],
    ['a text', '"x"', 400, 'VALIDATION_FAILED'],
    ['null', 'null', 400, 'VALIDATION_FAILED'],
    ['nothing', '', 400, 'VALIDATION_FAILED'],
    ['a property twice', '{"amount":1,"amount":2}', 400, 'MALFORMED_JSON'],
    ['__proto__', '{"__proto__":{"amount":1}}', 400, 'MALFORMED_JSON'],
    ['1e400', '{"amount":1e400}', 400, 'MALFORMED_JSON'],
    ['a number beyond 2^53', '{"amount":9007199254740993}', 400, 'MALFORMED_JSON'],
    ['a lone surrogate', '{"description":"\\ud800"}', 400, 'MALFORMED_JSON'],
    ['U+0000', '{"description":"\\u0000"}', 400, 'MALFORMED_JSON'],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 400, 'MALFORMED_JSON'],
    ['deep nesting', '['.repeat(5000) + ']'.repeat(5000), 400, 'MALFORMED_JSON'],
    ['more than 64 KiB', `{"description":"${'x'.repeat(66_000)}"}`, 413, 'BODY_TOO_LARGE'],
  ])('I-37, I-38: answers a body of %s with a problem', async (_what, body, status, code) => {
    const response = await post('/v1/payments', body);
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.json()).toMatchObject({ code, status, correlation_id: expect.any(String) });
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(api.calls.seen).toEqual([]);
  });

  it.each([
    ['/v1/payments', 'customer_id'],
    ['/v1/payments', 'order_id'],
    ['/v1/reports/history', 'customer_id'],
    ['/v1/reports/statements?currency=EUR', 'customer_id'],
    ['/v1/audit', 'actor'],
    ['/v1/audit', 'type'],
    ['/v1/audit', 'payment_id'],
  ])(
    'I-38: refuses U+0000 in a parameter, which no database compares: %s, %s',
    async (path, name) => {
      const url = `${path}${path.includes('?') ? '&' : '?'}${name}=a%00b`;
      const headers = { authorization: `Bearer ${api.key.admin}` };
      const response = await api.app.inject({ url, headers });
      expect(response.json()).toMatchObject({
        status: 400,
        code: 'VALIDATION_FAILED',
        errors: [{ parameter: name, detail: 'U+0000 is refused' }],
      });
    },
  );

  it.each(['M%FCller', '%C3%28', '100%', '%zz'])(
    'refuses %s in a parameter, which is no UTF-8: a list would find nothing',
    async (value) => {
      const url = `/v1/payments?limit=5&customer_id=${value}`;
      const headers = { authorization: `Bearer ${api.key.admin}` };
      const response = await api.app.inject({ url, headers });
      expect(response.json()).toMatchObject({
        status: 400,
        code: 'VALIDATION_FAILED',
        errors: [{ parameter: 'customer_id', detail: 'is no percent-encoded UTF-8' }],
      });
    },
  );

  it('gives no successor to a key that was made for a time that is over', async () => {
    const expiresAt = '2026-01-01T00:00:00.000Z';
    const wanted = {
      role: 'analyst',
      merchantId: null,
      name: null,
      expiresAt,
      origin: 'api',
    } as const;
    const made = await api.keys.create(wanted, { actor: 'system:test', correlationId: 'test' });
    const headers = { authorization: `Bearer ${api.key.admin}` };
    const response = await post(`/v1/keys/${made?.key.keyId}/rotate`, {}, headers);
    expect(response.json()).toMatchObject({ status: 409, code: 'KEY_EXPIRED' });
  });

  it.each([
    ['text/plain', {}],
    ['application/xml', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('answers 415 to %s %p', async (type, headers) => {
    const response = await post('/v1/payments', PAYMENT, { ...headers, 'content-type': type });
    expect(response.statusCode).toBe(415);
    expect(response.json().code).toBe('UNSUPPORTED_MEDIA_TYPE');
  });

  it.each(['identity', 'IDENTITY', 'Identity'])('takes a body of coding %s', async (coding) => {
    const response = await post('/v1/payments', PAYMENT, { 'content-encoding': coding });
    expect(response.statusCode).toBe(201);
  });

  describe('card numbers (I-36)', () => {
    const CARD = '4242 4242-4242 4242';

    it.each<[string, object, Record<string, string>, string]>([
      ['a description', { description: `paid by ${CARD}` }, {}, ''],
      ['an order id', { order_id: CARD }, {}, ''],
      ['a metadata value', { metadata: { a: CARD } }, {}, ''],
      ['a metadata value called amount', { metadata: { amount: '4242424242424242' } }, {}, ''],
      ['a metadata key', { metadata: { [CARD]: 'x' } }, {}, ''],
      ['the token', { payment_method: { type: 'card', token: '4242424242424242' } }, {}, ''],
      ['an unknown property', { [CARD]: 1 }, {}, ''],
      ['the Idempotency-Key', {}, { 'idempotency-key': '4242-4242-4242-4242' }, ''],
      ['If-Match', {}, { 'if-match': '"4242424242424242"' }, ''],
      ['a parameter', {}, {}, '?dry_run=4242424242424242'],
      ["a parameter's name", {}, {}, '?4242424242424242=1'],
    ])(
      'are refused in %s, and stand in no answer and no log',
      async (_what, body, headers, query) => {
        const response = await post(`/v1/payments${query}`, { ...PAYMENT, ...body }, headers);
        expect(response.json()).toMatchObject({ status: 400, code: 'CARD_DATA_REFUSED' });
        expect(digitsOf(response.body)).not.toContain('424242424242');
        expect(digitsOf(JSON.stringify(response.headers))).not.toContain('424242424242');
        expect(digitsOf(api.log())).not.toContain('424242424242');
        expect(api.calls.seen).toEqual([]);
      },
    );

    it('are refused in a path', async () => {
      const response = await post('/v1/payments/4242424242424242/capture', {});
      expect(response.json()).toMatchObject({ status: 400, code: 'CARD_DATA_REFUSED' });
      expect(response.body + api.log()).not.toContain('42424242');
    });

    it('are replaced in X-Request-Id, and ignored in traceparent', async () => {
      const response = await post('/v1/payments', PAYMENT, {
        'x-request-id': '4242424242424242',
        traceparent: '00-00000000000000004242424242424242-00f067aa0ba902b7-01',
      });
      expect(response.statusCode).toBe(201);
      expect(response.headers['x-request-id']).not.toContain('4242424242');
      expect(response.headers['traceparent']).toBeUndefined();
      expect(api.calls.last.correlationId).not.toContain('4242424242');
    });
  });

  function digitsOf(text: string): string {
    return text.replaceAll(/[ -]/g, '');
  }
});
