import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { startTestApi, type TestApi } from '../../../libs/testing/api-harness.js';
import { ROUTES } from '../routes/routes.js';

const READ_TIMEOUT_MS = 8_000;
const FUZZ_TIMEOUT_MS = 120_000;

describe('the edge of the API', () => {
  let api: TestApi;
  let limited: TestApi;
  let port: number;
  beforeAll(async () => {
    api = await startTestApi({ health: { readiness: [{ name: 'x', check: () => 'broken' }] } });
    limited = await startTestApi({ rateLimitPerSecond: 2 });
    await api.app.listen(0, '127.0.0.1');
    port = Number(new URL(await api.app.getUrl()).port);
  });
  afterAll(async () => {
    await api.app.close();
    await limited.app.close();
  });

  const bearer = () => `Bearer ${api.key.merchant}`;

  /** What comes back for raw bytes, until the server closes. */
  function raw(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket: Socket = connect(port, '127.0.0.1');
      let answer = '';
      socket.setTimeout(READ_TIMEOUT_MS, () => {
        socket.destroy();
        reject(new Error(`the server did not close: ${answer}`));
      });
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
      socket.write(text);
    });
  }

  it.each([
    ['GET', '/v1/nothing', 404, 'NOT_FOUND'],
    ['GET', '/', 404, 'NOT_FOUND'],
    ['GET', '/v1/payments/', 404, 'NOT_FOUND'],
    ['POST', '/v1/nothing', 404, 'NOT_FOUND'],
    ['PUT', '/v1/payments', 405, 'METHOD_NOT_ALLOWED'],
    ['DELETE', '/v1/payments/pay_1/capture?x=1', 405, 'METHOD_NOT_ALLOWED'],
    ['GET', '/v1/payments/pay_1/capture', 405, 'METHOD_NOT_ALLOWED'],
    ['OPTIONS', '/v1/payments', 405, 'METHOD_NOT_ALLOWED'],
    ['PATCH', '/openapi.json', 405, 'METHOD_NOT_ALLOWED'],
    ['GET', '/%zz', 400, 'BAD_REQUEST'],
    ['GET', `/v1/payments/${'x'.repeat(300)}`, 404, 'NOT_FOUND'],
  ] as const)('answers %s %s with %i', async (method, url, status, code) => {
    const response = await api.app.inject({ method, url, headers: { authorization: bearer() } });
    expect(response.json()).toMatchObject({ status, code });
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.headers['allow'] !== undefined).toBe(status === 405);
  });

  it.each([
    ['no header', undefined],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['no key', 'Bearer'],
    ['something that is no key', 'Bearer x'],
    ['a key that does not exist', `Bearer tsk_${'0'.repeat(32)}_${'0'.repeat(64)}`],
  ])('answers 401 to %s', async (_what, authorization) => {
    const headers = authorization === undefined ? {} : { authorization };
    const response = await api.app.inject({ method: 'GET', url: '/v1/payments', headers });
    expect(response.json()).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(response.headers['www-authenticate']).toBe('Bearer realm="tillstream"');
  });

  it('I-36: logs no key, no path and no query', async () => {
    await api.app.inject({
      method: 'GET',
      url: '/v1/payments/pay_ffffffffffffffffffffffffffffffff?at=2026-01-01T00:00:00Z',
      headers: { authorization: bearer() },
    });
    expect(api.log()).toContain('/v1/payments/:id');
    expect(api.log()).not.toContain('pay_ffff');
    expect(api.log()).not.toContain('2026-01-01');
    expect(api.log()).not.toContain(api.key.merchant);
  });

  describe('ids', () => {
    const send = (headers: Record<string, string>) =>
      api.app.inject({ method: 'GET', url: '/v1/nothing', headers });

    it.each(['req-1', 'a/b:c@d=e', 'x'.repeat(128)])('echoes the request id %p', async (id) => {
      const response = await send({ 'x-request-id': id });
      expect(response.headers['x-request-id']).toBe(id);
      expect(response.json().correlation_id).toBe(id);
    });

    it.each(['', 'two words', 'x'.repeat(129), '<script>', 'k\u00fc', '4111111111111111'])(
      'replaces the request id %p',
      async (id) => {
        const response = await send({ 'x-request-id': id });
        expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      },
    );

    it.each(['/%zz', `/v1/payments/${'x'.repeat(300)}`])(
      'go back from a path that leads nowhere: %s',
      async (url) => {
        const headers = { 'x-request-id': 'req-1' };
        const response = await api.app.inject({ method: 'GET', url, headers });
        expect(response.headers['x-request-id']).toBe('req-1');
        expect(response.headers['cache-control']).toBe('no-store');
        expect(response.json().correlation_id).toBe('req-1');
      },
    );

    const trace = '0af7651916cd43dd8448eb211c80319c';
    const parent = `${trace}-b7ad6b7169203331-01`;

    it.each(['00', '01', 'cc'])('takes part in a trace of version %s', async (version) => {
      const response = await send({ traceparent: `${version}-${parent}` });
      expect(response.headers['traceparent']).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
      expect(response.json().correlation_id).toBe(trace);
    });

    it('reads what it knows of a version to come', async () => {
      const response = await send({ traceparent: `01-${parent}-more` });
      expect(response.json().correlation_id).toBe(trace);
    });

    it.each([
      '00-0-0-01',
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
      `00-${parent}-more`,
      `01-${parent}more`,
      `ff-${parent}`,
      'junk',
    ])('leaves the traceparent %p alone', async (traceparent) => {
      const response = await send({ traceparent });
      expect(response.headers['traceparent']).toBeUndefined();
    });
  });

  it('counts requests of a key, and says how many are left', async () => {
    const call = () =>
      limited.app.inject({
        method: 'GET',
        url: '/v1/payment-lifecycle',
        headers: { authorization: `Bearer ${limited.key.analyst}` },
      });
    let response = await call();
    expect(response.headers).toMatchObject({
      'ratelimit-limit': '2',
      'ratelimit-remaining': '1',
      'ratelimit-reset': '1',
    });
    while (response.statusCode === 200) response = await call();
    expect(response.json()).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect(response.headers['retry-after']).toBe('1');
  });

  it('serves health and metrics where it was told to, and nowhere else', async () => {
    const ready = await api.app.inject('/health/ready');
    expect(ready.statusCode).toBe(503);
    expect(ready.json().reasons).toEqual([{ name: 'x', reason: 'broken' }]);
    expect((await api.app.inject('/health/live')).statusCode).toBe(200);
    expect((await api.app.inject('/metrics')).body).toContain(
      'tillstream_http_request_duration_seconds',
    );
    for (const path of ['/health/ready', '/health/live', '/metrics']) {
      expect((await limited.app.inject(path)).statusCode).toBe(404);
    }
  });

  it('serves its description without a key', async () => {
    expect((await api.app.inject('/openapi.json')).json().openapi).toBe('3.1.0');
    const page = await api.app.inject('/docs');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body).toContain('/v1/payments/{id}/refunds');
  });

  it('I-37: cuts off a body that comes too slowly', async () => {
    const answer = await raw(
      `POST /v1/payments HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer()}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"amount"`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"REQUEST_TIMEOUT"');
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    [
      'a head that is too large',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
    ],
    [
      'two lengths',
      'POST /v1/payments HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
      400,
    ],
    ['a host that is missing', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nHost: y\r\n\r\n', 400],
    ['two equal hosts', 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nHost: x\r\n\r\n', 400],
    ['a tunnel', 'CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a method that is none', 'FOO / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['another version', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['a header that is none', 'GET / HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n', 400],
    ['a header with a zero', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n', 400],
    [
      'an expectation',
      'POST /v1/payments HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\nContent-Length: 2\r\n\r\n{}',
      417,
    ],
    [
      'a length and chunks',
      'POST /v1/payments HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'chunks of another coding',
      'POST /v1/payments HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'a chunk that is none',
      'POST /v1/payments HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      401,
    ],
    [
      'a length that is none',
      'POST /v1/payments HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nx',
      400,
    ],
  ])('answers %s with a problem', async (_what, text, status) => {
    const answer = await raw(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain('application/problem+json');
  });

  it.each(['application/json', 'text/plain', ''])(
    'looks at no body of type %p where none is taken',
    async (type) => {
      const headers = {
        authorization: `Bearer ${api.key.admin}`,
        ...(type && { 'content-type': type }),
      };
      const url = `/v1/keys/key_${'0'.repeat(32)}`;
      for (const method of ['GET', 'DELETE'] as const) {
        const response = await api.app.inject({ method, url, headers, payload: '{' });
        expect(response.json()).toMatchObject({ status: 404, code: 'KEY_NOT_FOUND' });
      }
    },
  );

  it('refuses a chunked body that grows too large', async () => {
    const chunk = `${(70_000).toString(16)}\r\n${' '.repeat(70_000)}\r\n0\r\n\r\n`;
    const answer = await raw(
      `POST /v1/payments HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${bearer()}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"BODY_TOO_LARGE"');
  });

  it(
    'never answers 500, whatever comes',
    async () => {
      const headerText = fc
        .string({ maxLength: 40 })
        .map((text) => text.replaceAll(/[^\x20-\x7e]/g, ''));
      const request = fc.record({
        route: fc.constantFrom(...ROUTES),
        id: fc.oneof(
          fc.constant(`pay_${'0'.repeat(32)}`),
          fc.string({ unit: 'binary', maxLength: 40 }),
        ),
        query: fc.oneof(fc.constant(''), fc.webQueryParameters()),
        body: fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.constant('')),
        key: headerText,
        ifMatch: headerText,
        type: fc.constantFrom(
          'application/json',
          'application/json; charset=utf-8',
          'text/plain',
          '',
        ),
      });
      await fc.assert(
        fc.asyncProperty(
          request,
          async ({ route: { spec }, id, query, body, key, ifMatch, type }) => {
            const path = spec.path.replace(':id', () => encodeURIComponent(id));
            const response = await api.app.inject({
              method: spec.method,
              url: query === '' ? path : `${path}?${query}`,
              headers: {
                authorization: `Bearer ${api.key.admin}`,
                'idempotency-key': key,
                'if-match': ifMatch,
                ...(type !== '' && { 'content-type': type }),
              },
              ...(spec.method === 'POST' && { payload: body }),
            });
            expect(response.statusCode).toBeLessThan(500);
          },
        ),
        { numRuns: 200 },
      );
    },
    FUZZ_TIMEOUT_MS,
  );
});
