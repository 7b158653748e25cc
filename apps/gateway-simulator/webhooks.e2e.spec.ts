import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatorGateway } from '../../libs/gateways/simulator/simulator-gateway.js';
import { eventually } from '../../libs/testing/eventually.js';
import { startGatewaySimulator, type GatewaySimulator } from './server.js';

const SECRET = 'a secret of sixteen';
const PURCHASE = {
  amount: '2500',
  currency: 'EUR',
  payment_method: { type: 'card', token: 'tok_approve' },
};

interface Arrived {
  readonly headers: Record<string, string | undefined>;
  readonly body: Buffer;
}

describe("the simulator's webhooks", () => {
  let dataDir: string;
  let simulator: GatewaySimulator;
  let receiver: Server;
  let arrived: Arrived[];
  let answers: number[];
  let url: string;

  beforeEach(async () => {
    arrived = [];
    answers = [];
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const headers = request.headers as Arrived['headers'];
        arrived.push({ headers, body: Buffer.concat(chunks) });
        response.writeHead(answers.shift() ?? 200).end();
      });
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`;
    dataDir = await mkdtemp(join(tmpdir(), 'simulator-webhooks-'));
    simulator = await start();
  });
  afterEach(async () => {
    await simulator.close();
    receiver.closeAllConnections();
    await new Promise((done) => receiver.close(done));
    await rm(dataDir, { recursive: true });
  });

  function start(random = () => 0.5): Promise<GatewaySimulator> {
    const webhooks = { alpha: { url, secret: SECRET } };
    return startGatewaySimulator({ port: 0, host: '127.0.0.1', dataDir, webhooks, random });
  }

  async function call(method: string, path: string, body?: object, key?: string) {
    const headers = {
      ...(body && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key }),
    };
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const answer = await fetch(simulator.url + path, init);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  async function purchase(key: string, gateway = 'alpha') {
    const { status } = await call(
      'POST',
      `/${gateway}/purchases`,
      { ...PURCHASE, payment_id: `pay_${key}` },
      key,
    );
    expect(status).toBe(200);
  }

  function readings(secret = SECRET) {
    const gateway = new SimulatorGateway({
      name: 'alpha',
      baseUrl: `${simulator.url}/alpha`,
      webhookSecret: secret,
    });
    return arrived.map((one) => gateway.readWebhook({ ...one, receivedAtMs: Date.now() }));
  }

  it('tell the facts of the feed, signed', async () => {
    await call('PUT', '/alpha/faults', { settlement_delay_ms: 1 });
    await purchase('k1');
    await call('POST', '/alpha/disputes', { payment_id: 'pay_k1', amount: 100 });
    await eventually(() => expect(arrived).toHaveLength(2));
    const gateway = new SimulatorGateway({ name: 'alpha', baseUrl: `${simulator.url}/alpha` });
    const { facts } = await gateway.facts(null, 1_000);
    await gateway.close();
    const told = readings().flatMap((it) => (it.verdict === 'facts' ? it.facts : []));
    const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1);
    expect([...told].sort(byId)).toEqual([...facts].sort(byId));
    expect(told.map(({ kind }) => kind.type).sort()).toEqual(['dispute_opened', 'settled']);
    const forged = readings('another secret of ours');
    expect(forged[0]).toEqual({ verdict: 'rejected', reason: 'signature' });
  });

  it('come again until they are taken, with the same id', async () => {
    answers.push(500, 404);
    await call('PUT', '/alpha/faults', { settlement_delay_ms: 1 });
    await purchase('k1');
    await eventually(() => expect(arrived).toHaveLength(3));
    expect(new Set(arrived.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const settled = expect.objectContaining({ verdict: 'facts' });
    expect(readings()).toEqual([settled, settled, settled]);
  });

  it('come twice, late and wrongly signed where a fault says so', async () => {
    await call('PUT', '/alpha/faults', {
      settlement_delay_ms: 1,
      webhook_duplicate_rate: 1,
      webhook_delay_ms: 30,
      webhook_reorder_rate: 1,
      webhook_wrong_signature_rate: 1,
    });
    await purchase('k1');
    await eventually(() => expect(arrived).toHaveLength(2));
    const rejected = { verdict: 'rejected', reason: 'signature' };
    expect(readings()).toEqual([rejected, rejected]);
    const [one, other] = arrived.map(({ headers }) => headers['webhook-id']);
    expect(one).toBe(other);
  });

  it('go where a call says, also after a restart, and end with another call', async () => {
    const elsewhere = { url: `${url}/bravo`, secret: SECRET };
    expect(await call('PUT', '/bravo/webhooks', elsewhere)).toMatchObject({ status: 200 });
    expect(await call('PUT', '/bravo/webhooks', { url: 'ftp://x', secret: SECRET })).toMatchObject({
      status: 400,
    });
    await simulator.close();
    simulator = await start();
    const shown = await call('GET', '/bravo/webhooks');
    expect(shown.body).toEqual({ url: elsewhere.url });
    await call('PUT', '/bravo/faults', { settlement_delay_ms: 1 });
    await purchase('k1', 'bravo');
    await eventually(() => expect(arrived).toHaveLength(1));
    expect((await call('DELETE', '/bravo/webhooks')).body).toEqual({ url: null });
    expect((await call('DELETE', '/alpha/webhooks')).body).toEqual({ url: null });
    await call('POST', '/bravo/disputes', { payment_id: 'pay_k1', amount: 100 });
    expect(arrived).toHaveLength(1);
  });
});
