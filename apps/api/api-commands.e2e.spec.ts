import type { InjectOptions } from 'fastify';
import { answered, refused, startTestApi, type TestApi } from '../../libs/testing/api-harness.js';

const PAYMENT = {
  amount: 2500,
  currency: 'EUR',
  payment_method: { type: 'card', token: 'tok_approve' },
  capture_method: 'automatic',
};
const ID = 'pay_0190f3c2a7b87c3e9d1f2a3b4c5d6e7f';

describe('commands over REST', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api.app.close());
  beforeEach(() => {
    api.calls.seen.length = 0;
    api.calls.answer = (call) => answered(call, 201);
  });

  function post(url: string, body: unknown, headers: Record<string, string | undefined> = {}) {
    const given = {
      authorization: `Bearer ${api.key.merchant}`,
      'content-type': 'application/json',
      'idempotency-key': 'key-1',
      ...headers,
    };
    const kept = Object.entries(given).filter(([, value]) => value !== undefined);
    const options: InjectOptions = {
      method: 'POST',
      url,
      headers: Object.fromEntries(kept) as Record<string, string>,
      payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    };
    return api.app.inject(options);
  }

  it('takes a payment', async () => {
    const response = await post('/v1/payments', {
      ...PAYMENT,
      customer_id: 'cus_1',
      metadata: { basket: 'b1', empty: '' },
      customer_email: 'Ada@Example.com',
      customer_ip: '203.0.113.9',
    });
    expect(response.statusCode).toBe(201);
    expect(response.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      etag: '"2"',
      'tillstream-position': `${api.logId}.00000000000000000000000000000007`,
    });
    const { paymentId, request, tenant, actor, idempotency } = api.calls.last;
    expect(response.headers.location).toBe(`/v1/payments/${paymentId}`);
    expect(response.json()).toMatchObject({ id: paymentId, amount: 2500, currency: 'EUR' });
    expect(paymentId).toMatch(/^pay_[0-9a-f]{32}$/);
    expect(tenant).toBe('mer_one');
    expect(actor).toBe('merchant:mer_one');
    expect(idempotency?.keyHash).toMatch(/^[0-9a-f]{64}$/);
    expect(idempotency?.requestHash).toMatch(/^k1:[0-9a-f]{64}$/);
    expect(request).toMatchObject({
      command: 'create',
      merchantId: 'mer_one',
      amount: 2500n,
      captureMethod: 'automatic',
      captureAfterS: null,
      paymentMethod: { type: 'card', token: 'tok_approve', network: null },
      customerId: 'cus_1',
      orderId: null,
      metadata: { basket: 'b1', empty: '' },
      customerIpHash: expect.stringMatching(/^k1:/),
      customerEmailHash: expect.stringMatching(/^k1:/),
    });
    expect(JSON.stringify(request, (_name, value) => String(value))).not.toContain('203.0');
  });

  it('I-3: the same key makes one payment a merchant, and another for another merchant', async () => {
    const call = async (key: string) => {
      await post('/v1/payments', PAYMENT, { authorization: `Bearer ${key}` });
      return api.calls.last;
    };
    const first = await call(api.key.merchant);
    const again = await call(api.key.merchant);
    const other = await call(api.key.merchant_2);
    expect(again.paymentId).toBe(first.paymentId);
    expect(again.idempotency).toEqual(first.idempotency);
    expect(other.paymentId).not.toBe(first.paymentId);
    expect(other.idempotency?.keyHash).not.toBe(first.idempotency?.keyHash);
  });

  it('hashes the body by its meaning, not by its spelling', async () => {
    const hashOf = async (body: unknown) => {
      await post('/v1/payments', body);
      return api.calls.last.idempotency?.requestHash;
    };
    const { capture_method: _default, ...short } = PAYMENT;
    const hash = await hashOf(PAYMENT);
    expect(await hashOf(JSON.stringify(short, null, 2))).toBe(hash);
    const reordered = Object.fromEntries(Object.entries(PAYMENT).reverse());
    expect(await hashOf(reordered)).toBe(hash);
    expect(await hashOf({ ...PAYMENT, amount: 2501 })).not.toBe(hash);
  });

  it('takes amounts above 2^53 as text, and gives no number for them', async () => {
    await post('/v1/payments', { ...PAYMENT, amount: '100000000000000000' });
    expect(api.calls.last.request).toMatchObject({ amount: 10n ** 17n });
  });

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
    ['text/plain', {}],
    ['application/xml', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('answers 415 to %s %p', async (type, headers) => {
    const response = await post('/v1/payments', PAYMENT, { ...headers, 'content-type': type });
    expect(response.statusCode).toBe(415);
    expect(response.json().code).toBe('UNSUPPORTED_MEDIA_TYPE');
  });

  describe('Idempotency-Key', () => {
    it.each(['', '/capture', '/increment_authorization', '/retry', '/refunds'].map((end) => [end]))(
      'I-2: is required at %p',
      async (end) => {
        const url = end === '' ? '/v1/payments' : `/v1/payments/${ID}${end}`;
        const response = await post(url, PAYMENT, { 'idempotency-key': undefined });
        expect(response.json()).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_REQUIRED' });
      },
    );

    it.each([
      ['spaces inside', 'a b'],
      ['an umlaut', 'k\u00fc'],
      ['256 characters', 'k'.repeat(256)],
      ['nothing', ''],
    ])('is refused with %s', async (_what, key) => {
      const response = await post('/v1/payments', PAYMENT, { 'idempotency-key': key });
      expect(response.json()).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_MALFORMED' });
    });

    it('may be left out elsewhere', async () => {
      const response = await post(
        `/v1/payments/${ID}/cancel`,
        {},
        { 'idempotency-key': undefined },
      );
      expect(response.statusCode).toBe(201);
      expect(api.calls.last.idempotency).toBeNull();
    });

    it('is one key however the path is spelled', async () => {
      await post(`/v1/payments/${ID}/capture`, {});
      const { idempotency } = api.calls.last;
      await post(`/v1/payments/%70${ID.slice(1)}/capture`, {});
      expect(api.calls.last.idempotency).toEqual(idempotency);
    });

    it('is not looked at in a dry run', async () => {
      api.calls.answer = () => ({ kind: 'dry_run', events: [{ type: 'X', version: 1, data: {} }] });
      const response = await post('/v1/payments?dry_run=true', PAYMENT, {
        'idempotency-key': 'a b',
      });
      expect(response.statusCode).toBe(200);
      expect(response.json()).toEqual({ events: [{ type: 'X', version: 1, data: {} }] });
      expect(api.calls.last).toMatchObject({ dryRun: true, idempotency: null });
    });
  });

  it('passes each command on in our own terms', async () => {
    const send = async (end: string, body: unknown, role: keyof TestApi['key'] = 'operator') => {
      await post(`/v1/payments/${ID}/${end}`, body, { authorization: `Bearer ${api.key[role]}` });
      return api.calls.last.request;
    };
    expect(await send('confirm', {})).toEqual({ command: 'confirm' });
    expect(await send('capture', '')).toEqual({ command: 'capture', amount: null, final: false });
    expect(await send('capture', { amount: 5, final: true })).toEqual({
      command: 'capture',
      amount: 5n,
      final: true,
    });
    expect(await send('cancel', { reason: 'r' })).toEqual({ command: 'cancel', reason: 'r' });
    expect(await send('increment_authorization', { amount: 9 })).toEqual({
      command: 'increment_authorization',
      amount: 9n,
    });
    expect(await send('retry', {})).toEqual({ command: 'retry', paymentMethod: null });
    expect(await send('refunds', { amount: 3, reason: 'r' })).toEqual({
      command: 'refund',
      amount: 3n,
      reason: 'r',
    });
    expect(await send('approve', {})).toEqual({ command: 'approve', reason: null });
    expect(await send('reject', {})).toEqual({ command: 'reject', reason: null });
    const operation = { intent: 2, outcome: 'approved', amount: 7, gateway_reference: 'g1' };
    expect(await send('resolve', { reason: 'r', operation })).toEqual({
      command: 'resolve',
      reason: 'r',
      operation: { intent: 2, outcome: 'approved', amount: 7n, gatewayReference: 'g1' },
    });
    expect(api.calls.last).toMatchObject({ tenant: null, paymentId: ID });
    expect(api.calls.last.actor).toMatch(/^operator:key_[0-9a-f]{32}$/);
  });

  it('answers a refusal as a problem with what the call itself knew', async () => {
    api.calls.answer = () =>
      refused('CAPTURE_DECLINED', {
        correlationId: 'first',
        revision: 4,
        position: '0'.repeat(32),
        replayed: true,
      });
    const response = await post(`/v1/payments/${ID}/capture`, {});
    expect(response.statusCode).toBe(422);
    expect(response.headers).toMatchObject({ etag: '"4"', 'idempotency-replayed': 'true' });
    expect(response.json()).toMatchObject({ code: 'CAPTURE_DECLINED', correlation_id: 'first' });
  });

  it('tells when to come back', async () => {
    api.calls.answer = () => refused('OPERATION_IN_PROGRESS', { retryAfterS: 2 });
    const response = await post(`/v1/payments/${ID}/capture`, {});
    expect(response.statusCode).toBe(409);
    expect(response.headers['retry-after']).toBe('2');
  });

  it.each([
    ['"3"', 3],
    ['*', null],
    [undefined, null],
  ])('reads If-Match %p', async (ifMatch, revision) => {
    await post(`/v1/payments/${ID}/capture`, {}, { 'if-match': ifMatch });
    expect(api.calls.last.expectedRevision).toBe(revision);
  });

  it.each(['3', '"x"', '""', 'W/"3"', '"1","2"', '"-1"'])(
    'refuses If-Match %p',
    async (ifMatch) => {
      const response = await post(`/v1/payments/${ID}/capture`, {}, { 'if-match': ifMatch });
      expect(response.json()).toMatchObject({ status: 400, code: 'IF_MATCH_MALFORMED' });
    },
  );

  it('turns commands away while too many run, and takes them again afterwards', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    api.calls.answer = async (call) => {
      await released;
      return answered(call, 201);
    };
    const running = Array.from({ length: 10 }, (_, at) =>
      post('/v1/payments', PAYMENT, { 'idempotency-key': `many-${at}` }),
    );
    const sent = running.map((one) => Promise.resolve(one));
    while (api.calls.seen.length < 10) await new Promise((resolve) => setImmediate(resolve));
    const refusedOne = await post('/v1/payments', PAYMENT);
    expect(refusedOne.statusCode).toBe(503);
    expect(refusedOne.headers['retry-after']).toBe('1');
    release();
    for (const response of await Promise.all(sent)) expect(response.statusCode).toBe(201);
    expect((await post('/v1/payments', PAYMENT)).statusCode).toBe(201);
  });

  it('says nothing of the inside when something breaks, and logs it', async () => {
    api.calls.answer = () => {
      throw new Error('secret inside at /srv/x.js');
    };
    const response = await post('/v1/payments', PAYMENT);
    expect(response.statusCode).toBe(500);
    expect(response.json()).toMatchObject({ code: 'INTERNAL_ERROR', errors: [] });
    expect(response.body).not.toContain('secret inside');
    expect(api.log()).toContain('secret inside');
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
