import { answered, refused, type TestApi } from '../../libs/testing/api-harness.js';
import { commandsApi, PAYMENT } from '../../libs/testing/api-posts.js';

const ID = 'pay_0190f3c2a7b87c3e9d1f2a3b4c5d6e7f';

describe('commands over REST', () => {
  const { api, post } = commandsApi();

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

  it('knows an IP address by one hash, however it is written', async () => {
    const spellings = ['2001:DB8::1', '2001:db8:0:0::0001', '203.0.113.9', '::ffff:203.0.113.9'];
    const hashes = [];
    for (const customer_ip of spellings) {
      await post('/v1/payments', { ...PAYMENT, customer_ip });
      hashes.push((api.calls.last.request as { customerIpHash?: string }).customerIpHash);
    }
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[3]).toBe(hashes[2]);
    expect(hashes[2]).not.toBe(hashes[0]);
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

    it('I-1: is another key for another command, another payment and another caller', async () => {
      const hashOf = async (path: string, role: keyof TestApi['key']) => {
        const authorization = `Bearer ${api.key[role]}`;
        await post(`/v1/payments/${path}`, {}, { authorization, 'idempotency-key': 'the-same' });
        return api.calls.last.idempotency?.keyHash;
      };
      const hashes = [
        await hashOf(`${ID}/capture`, 'operator'),
        await hashOf(`${ID}/cancel`, 'operator'),
        await hashOf(`${ID.slice(0, -1)}0/capture`, 'operator'),
        await hashOf(`${ID}/capture`, 'merchant'),
      ];
      expect(new Set(hashes).size).toBe(hashes.length);
      expect(await hashOf(`${ID}/capture`, 'operator')).toBe(hashes[0]);
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
    for (let more = 0; more < 5; more++) await post('/v1/payments', PAYMENT);
    // Whoever is turned away in thousands must not fill the log.
    expect(api.log().split('"message":"TOO_MANY_COMMANDS"')).toHaveLength(2);
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
});
