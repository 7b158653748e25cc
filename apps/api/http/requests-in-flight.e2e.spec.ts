import { once } from 'node:events';
import { request, type ClientRequest } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { answered, startTestApi, type TestApi } from '../../../libs/testing/api-harness.js';
import { eventually } from '../../../libs/testing/eventually.js';
import { IN_FLIGHT_PER_KEY_DEFAULT } from './requests-in-flight.js';

const MAX = 3;
const PAYMENT = {
  amount: 2500,
  currency: 'EUR',
  payment_method: { type: 'card', token: 'tok_approve' },
};

describe('requests of one key at once (I-37)', () => {
  let api: TestApi;
  let release: () => void;
  beforeEach(async () => {
    api = await startTestApi({ inFlightPerKeyMax: MAX, commandsInFlightMax: 1_000 });
    hold();
  });
  afterEach(async () => {
    release();
    await api.app.close();
  });

  /** Calls wait for the next release. */
  function hold(): void {
    const released = new Promise<void>((resolve) => (release = resolve));
    api.calls.answer = async (call) => {
      await released;
      return answered(call, 201);
    };
  }

  const connections = () =>
    new Promise<number>((resolve) =>
      api.app.getHttpServer().getConnections((_error: unknown, count: number) => resolve(count)),
    );

  let keys = 0;
  const headers = (key = api.key.merchant) => ({
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'idempotency-key': `key-${++keys}`,
  });
  const pay = async (key?: string, on = api) =>
    await on.app.inject({
      method: 'POST',
      url: '/v1/payments',
      headers: headers(key),
      payload: JSON.stringify(PAYMENT),
    });
  const list = async (key = api.key.merchant) =>
    await api.app.inject({ url: '/v1/payments', headers: { authorization: `Bearer ${key}` } });

  it('are bounded, whatever they ask for, and other keys go on', async () => {
    const running = Array.from({ length: MAX }, () => pay());
    await eventually(() => expect(api.calls.seen).toHaveLength(MAX));
    for (const response of [await pay(), await list()]) {
      expect(response.json()).toMatchObject({ status: 429, code: 'TOO_MANY_IN_FLIGHT' });
      expect(response.headers['retry-after']).toBe('1');
    }
    expect((await list(api.key.merchant_2)).statusCode).toBe(200);
    release();
    for (const { statusCode } of await Promise.all(running)) expect(statusCode).toBe(201);
    for (let more = 0; more < 2 * MAX; more++) expect((await list()).statusCode).toBe(200);
  });

  it('give their places back, also when they are refused', async () => {
    const refused = { authorization: `Bearer ${api.key.merchant}`, 'idempotency-key': '\u0007' };
    for (let more = 0; more < 2 * MAX; more++) {
      const url = '/v1/payments?surprise=1';
      const response = await api.app.inject({ method: 'POST', url, headers: refused });
      expect(response.statusCode).toBe(400);
    }
  });

  it('keep their places while the command runs, though the client has gone', async () => {
    await api.app.listen(0, '127.0.0.1');
    const url = `${await api.app.getUrl()}/v1/payments`;
    const sent: ClientRequest[] = Array.from({ length: MAX }, () => {
      const one = request(url, { method: 'POST', headers: headers() });
      one.on('error', () => undefined);
      one.end(JSON.stringify(PAYMENT));
      return one;
    });
    await eventually(() => expect(api.calls.seen).toHaveLength(MAX));
    for (const one of sent) one.destroy();
    await eventually(async () => expect(await connections()).toBe(0));
    expect((await list()).statusCode).toBe(429);
    release();
    await eventually(async () => expect((await list()).statusCode).toBe(200));
  });

  it('give their places back where they wait for answers on a connection that is gone', async () => {
    await api.app.listen(0, '127.0.0.1');
    const { port } = api.app.getHttpServer().address() as AddressInfo; // reason: a TCP server that listens
    const client = connect(port, '127.0.0.1');
    const body = JSON.stringify(PAYMENT);
    for (let more = 0; more < MAX; more++) {
      const fields = Object.entries({ host: 'x', ...headers(), 'content-length': body.length });
      const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      client.write(`POST /v1/payments HTTP/1.1\r\n${head}\r\n${body}`);
    }
    await eventually(() => expect(api.calls.seen).toHaveLength(MAX));
    client.destroy();
    await eventually(async () => expect(await connections()).toBe(0));
    release();
    await eventually(async () => expect((await list()).statusCode).toBe(200));
    hold();
    const running = Array.from({ length: MAX }, () => pay());
    await eventually(() => expect(api.calls.seen).toHaveLength(2 * MAX));
    release();
    for (const { statusCode } of await Promise.all(running)) expect(statusCode).toBe(201);
  });

  it('give their places back where the client went while its key was read', async () => {
    await api.app.listen(0, '127.0.0.1');
    const url = `${await api.app.getUrl()}/v1/payments`;
    const readStream = api.store.readStream.bind(api.store);
    let readOn = (): void => undefined;
    const reading = new Promise<void>((resolve) => (readOn = resolve));
    api.store.readStream = async (...args) => {
      await reading;
      return await readStream(...args);
    };
    for (let more = 0; more < MAX; more++) {
      const seen = once(api.app.getHttpServer(), 'request');
      const one = request(url, { headers: headers() });
      one.on('error', () => undefined);
      one.end();
      await seen;
      one.destroy();
    }
    await eventually(async () => expect(await connections()).toBe(0));
    readOn();
    await eventually(async () => expect((await list()).statusCode).toBe(200));
  });

  it('are not counted for keys of a local installation, where no bound is configured', async () => {
    const unbounded = await startTestApi({ commandsInFlightMax: 1_000 });
    unbounded.calls.answer = api.calls.answer;
    const many = IN_FLIGHT_PER_KEY_DEFAULT + 1;
    const running = Array.from({ length: many }, () => pay(unbounded.key.merchant, unbounded));
    await eventually(() => expect(unbounded.calls.seen).toHaveLength(many));
    const made = await unbounded.keys.create(
      { role: 'merchant', merchantId: 'mer_x', name: null, expiresAt: null, origin: 'api' },
      { actor: 'system:test', correlationId: 'test' },
    );
    const others = Array.from({ length: many }, () => pay(made?.text, unbounded));
    const first = await Promise.race(others);
    expect(first.json()).toMatchObject({ code: 'TOO_MANY_IN_FLIGHT' });
    release();
    await Promise.all([...running, ...others]);
    await unbounded.app.close();
  });
});
