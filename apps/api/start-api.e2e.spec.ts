import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../libs/platform/config.js';
import { createLogger } from '../../libs/platform/logging.js';
import { eventually } from '../../libs/testing/eventually.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { startGatewaySimulator } from '../gateway-simulator/server.js';
import { apiVariables } from './api.config.js';
import { startApi, type RunningApi } from './start-api.js';

const START_TIMEOUT_MS = 60_000;
const COPIES = 20;

describe('the API on Postgres and the gateway simulator', () => {
  let folder: string;
  let database: TestDatabase;
  let simulator: Awaited<ReturnType<typeof startGatewaySimulator>>;
  let api: RunningApi;
  let keys: Record<string, string>;
  const logger = createLogger('api', { level: 'silent' });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'api-'));
    database = await createTestDatabase();
    simulator = await startGatewaySimulator({
      port: 0,
      host: '127.0.0.1',
      dataDir: join(folder, 'simulator'),
      publicUrl: undefined,
      onFailure: (error) => {
        throw error;
      },
    });
    api = await startApi(config(), logger);
    keys = JSON.parse(await readFile(join(folder, 'keys.json'), 'utf8')) as typeof keys;
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await api?.close();
    await simulator?.close();
    await database?.dispose();
    await rm(folder, { recursive: true });
  }, START_TIMEOUT_MS);

  function config(over: Record<string, string> = {}) {
    const gateways = [{ name: 'alpha', adapter: 'simulator', url: `${simulator.url}/alpha` }];
    return loadConfig(apiVariables, {
      DATABASE_URL: database.url,
      GATEWAYS: JSON.stringify(gateways),
      PORT: '0',
      REQUEST_HASH_KEY: Buffer.alloc(32, 3).toString('base64'),
      BOOTSTRAP_KEYS_FILE: join(folder, 'keys.json'),
      ...over,
    });
  }

  function pay(key: string, amount = 2500): Promise<Response> {
    return fetch(`${api.url}/v1/payments`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${keys['merchant']}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify({
        amount,
        currency: 'EUR',
        payment_method: { type: 'card', token: 'tok_approve' },
        capture_method: 'automatic',
      }),
    });
  }

  it('I-1: charges once for many copies of a request, and answers all alike', async () => {
    const responses = await Promise.all(Array.from({ length: COPIES }, () => pay('many')));
    const answers = await Promise.all(
      responses.map(async (response) => ({
        status: response.status,
        etag: response.headers.get('etag'),
        position: response.headers.get('tillstream-position'),
        body: await response.text(),
      })),
    );
    const done = answers.filter(({ status }) => status < 300);
    expect(new Set(done.map((answer) => JSON.stringify(answer))).size).toBe(1);
    for (const { status } of answers) expect([201, 409]).toContain(status);
    const repeat = await pay('many');
    expect(repeat.headers.get('idempotency-replayed')).toBe('true');
    const body = await repeat.text();
    expect(body).toBe(done[0]?.body);
    const { id, status } = JSON.parse(body) as { id: string; status: string };
    expect(status).toBe('COMPLETED');
    const books = (await (await fetch(`${simulator.url}/books/${id}`)).json()) as {
      data: object[];
    };
    expect(books.data).toHaveLength(1);
  });

  it('I-2: answers 422 to the same key with another body', async () => {
    await pay('other', 1);
    const response = await pay('other', 2);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('I-46: is live, and not ready while no read model is built', async () => {
    expect((await fetch(`${api.url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${api.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ reasons: [{ name: 'read models' }] });
    const list = await fetch(`${api.url}/v1/payments`, {
      headers: { authorization: `Bearer ${keys['merchant']}` },
    });
    expect(list.status).toBe(503);
    expect(await list.json()).toMatchObject({ code: 'READ_MODEL_UNAVAILABLE' });
  });

  it('refuses a port that is taken, naming its variable', async () => {
    const taken = startApi(config({ PORT: new URL(api.url).port }), logger);
    await expect(taken).rejects.toThrow(/^PORT can not be listened on/);
  });

  it(
    'I-47: comes back by itself after the database does',
    async () => {
      const statuses = new Set<number>();
      await database.restart();
      await eventually(async () => {
        const { status } = await pay('after');
        statuses.add(status);
        expect(status).toBe(201);
      });
      // Typed problems in between, if any: never a 500.
      for (const status of statuses) expect([201, 409, 503]).toContain(status);
    },
    START_TIMEOUT_MS,
  );

  it('I-45: finishes what runs when it is asked to stop', async () => {
    const second = await startApi(config(), logger);
    const faults = (latency: number) =>
      fetch(`${simulator.url}/alpha/faults`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ latency_ms: latency }),
      });
    await faults(300);
    const first = api;
    api = second;
    const running = pay('last');
    api = first;
    await eventually(async () => {
      const metrics = await (await fetch(`${second.url}/metrics`)).text();
      expect(metrics).toMatch(/^tillstream_commands_in_flight\{.*\} 1$/m);
    });
    await second.close();
    expect((await running).status).toBe(201);
    await faults(0);
  });
});
