import type { Socket } from 'node:net';
import { jest } from '@jest/globals';
import { Agent, buildConnector } from 'undici';
import { armCrashPoint } from '../../platform/crash-points.js';
import type { GatewayCall } from '../payment-gateway.js';
import {
  httpAnswer,
  type ScriptedServer,
  startScriptedServer,
} from './scripted-server.contract.js';
import { SimulatorGateway } from './simulator-gateway.js';

const TIMEOUT_MS = 5_000;
const SHORT_TIMEOUT_MS = 150;
const KEY = '5f3b1b7e-7a32-5d7c-9c26-3a5f0a0a4a11';

const call: GatewayCall = {
  operation: 'purchase',
  key: KEY,
  paymentId: 'pay_1',
  amount: 2500n,
  currency: 'EUR',
  paymentMethod: { type: 'card', token: 'tok_approve' },
};

const approval = {
  reference: 'pur_00000000',
  operation: 'purchase',
  key: KEY,
  status: 'approved',
  amount: '2500',
  currency: 'EUR',
  expires_at: null,
  settled: true,
  authorization_gone: false,
};

describe("what a gateway's answer means, over real HTTP", () => {
  let server: ScriptedServer;
  let gateway: SimulatorGateway;

  beforeEach(async () => {
    server = await startScriptedServer();
    gateway = gatewayAt(server.port);
  });
  afterEach(async () => {
    await gateway.close();
    await server.close();
  });

  it.each([
    [400, {}],
    [401, {}],
    [402, {}],
    [403, {}],
    [404, {}],
    [422, { error: { code: 'currency_mismatch' } }],
    [409, { error: { code: 'dispute_decided' } }],
  ])('a %d with %j is refused: surely no effect', async (status, body) => {
    server.answer(status, JSON.stringify(body));
    expect(await gateway.send(call, TIMEOUT_MS)).toMatchObject({
      outcome: 'refused',
      reason: 'rejected',
    });
  });

  it('a 429 is refused, by its rate', async () => {
    server.answer(429, '');
    expect(await gateway.send(call, TIMEOUT_MS)).toMatchObject({
      outcome: 'refused',
      reason: 'rate_limited',
    });
  });

  it.each([
    [301, ''],
    [304, ''],
    [307, ''],
    [408, ''],
    [409, ''],
    [409, '{"error":{"code":"key_in_use"}}'],
    [400, '{"error":{"code":"key_used_with_other_content"}}'],
    [422, '{"error":{"code":"key_used_with_other_content"}}'],
    [425, ''],
    [499, ''],
    [500, JSON.stringify(approval)],
    [502, '<html>'],
    [503, ''],
    [504, ''],
    [200, ''],
    [204, ''],
    [200, '{"status":"appr'],
    [200, '[]'],
    [200, JSON.stringify({ ...approval, status: 'fine' })],
    [200, JSON.stringify({ ...approval, amount: 2500 })],
    [200, JSON.stringify({ ...approval, amount: '-1' })],
    [200, JSON.stringify({ ...approval, key: 'another' })],
    [200, JSON.stringify({ ...approval, operation: 'authorize' })],
    [200, JSON.stringify({ ...approval, status: 'declined', decline_code: 'odd', message: '' })],
    [200, JSON.stringify({ ...approval, padding: 'x'.repeat(70_000) })],
  ])('a %d with %s is unknown: never a failure', async (status, body) => {
    server.answer(status, body);
    expect(await gateway.send(call, TIMEOUT_MS)).toMatchObject({ outcome: 'unknown' });
    expect(server.requests()).toBe(1); // and never sent again by itself
  });

  it('a readable 2xx is its word', async () => {
    server.answer(201, JSON.stringify(approval));
    expect(await gateway.send(call, TIMEOUT_MS)).toEqual({
      outcome: 'approved',
      reference: 'pur_00000000',
      amount: 2500n,
      currency: 'EUR',
      expiresAt: null,
      settled: true,
      authorizationGone: false,
    });
  });

  it('silence is unknown', async () => {
    server.onRequest(() => undefined);
    expect(await gateway.send(call, SHORT_TIMEOUT_MS)).toMatchObject({ outcome: 'unknown' });
  });

  it('a body that never ends is unknown: the time-out covers it too', async () => {
    server.onRequest((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"a'));
    expect(await gateway.send(call, SHORT_TIMEOUT_MS)).toMatchObject({ outcome: 'unknown' });
  });

  it('a reset once it was sent is unknown', async () => {
    server.onRequest((socket) => socket.resetAndDestroy());
    expect(await gateway.send(call, TIMEOUT_MS)).toMatchObject({ outcome: 'unknown' });
  });

  it('a close in the middle of the answer is unknown', async () => {
    server.onRequest((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"a'));
    expect(await gateway.send(call, TIMEOUT_MS)).toMatchObject({ outcome: 'unknown' });
  });

  it('what speaks no HTTP is unknown', async () => {
    server.onRequest((socket) => socket.end('220 mail.example\r\n'));
    expect(await gateway.send(call, TIMEOUT_MS)).toMatchObject({ outcome: 'unknown' });
  });

  it('a refused connection is refused: nothing was sent', async () => {
    await server.close();
    expect(await gateway.send(call, TIMEOUT_MS)).toMatchObject({
      outcome: 'refused',
      reason: 'not_sent',
      message: 'ECONNREFUSED',
    });
  });

  it('a name that nobody knows is refused: nothing was sent', async () => {
    const nowhere = new SimulatorGateway({ name: 'alpha', baseUrl: 'http://gateway.invalid/a' });
    const answer = await nowhere.send(call, TIMEOUT_MS);
    expect(answer).toMatchObject({ outcome: 'refused', reason: 'not_sent' });
    await nowhere.close();
  });

  it('a call given up while it waits for a connection is refused, and really never sent', async () => {
    const dispatcher = new Agent({ connections: 1, pipelining: 1 });
    const narrow = gatewayAt(server.port, dispatcher);
    const held: Socket[] = [];
    server.onRequest((socket) => void held.push(socket));
    const first = narrow.send(call, TIMEOUT_MS);
    await server.requestsReach(1);
    const second = await narrow.send({ ...call, key: 'queued' }, SHORT_TIMEOUT_MS);
    expect(second).toMatchObject({ outcome: 'refused', reason: 'not_sent' });

    server.answer(201, JSON.stringify({ ...approval, key: 'third' }));
    held[0]?.write(httpAnswer(201, JSON.stringify(approval)));
    expect(await first).toMatchObject({ outcome: 'approved' });
    const third = await narrow.send({ ...call, key: 'third' }, TIMEOUT_MS);
    expect(third).toMatchObject({ outcome: 'approved' });
    expect(server.received()).not.toContain('queued');
    await dispatcher.destroy();
  });

  it('passes the crash point of a sent request once its bytes have left, also on an open connection', async () => {
    const connect = buildConnector({});
    let socket: Socket | null = null;
    const dispatcher = new Agent({
      connections: 1,
      connect: (options, done) =>
        connect(options, (...result) => {
          socket = result[1];
          done(...result);
        }),
    });
    const watched = gatewayAt(server.port, dispatcher);
    server.answer(201, JSON.stringify(approval));
    const left: (number | undefined)[] = [];
    const kill = jest.spyOn(process, 'kill').mockImplementation(() => {
      left.push(socket?.bytesWritten);
      return true;
    });
    for (const pass of [1, 1]) {
      armCrashPoint({ point: 'gateway-request-sent', pass });
      await watched.send(call, TIMEOUT_MS);
    }
    armCrashPoint(undefined);
    kill.mockRestore();
    await dispatcher.destroy();
    const requestBytes = server.received().length / 2;
    expect(left).toEqual([requestBytes, requestBytes * 2]);
  });

  describe('asking', () => {
    it("takes the gateway's own 404 for not found, and another for nothing", async () => {
      server.answer(404, '{"error":{"code":"operation_not_found"}}');
      expect(await gateway.ask(call, TIMEOUT_MS)).toEqual({ outcome: 'not_found' });
      server.answer(404, '<html>no such host</html>');
      expect(await gateway.ask(call, TIMEOUT_MS)).toMatchObject({ outcome: 'unknown' });
    });

    it.each([400, 401, 409, 429, 500])(
      'a %d says nothing of the call asked about',
      async (status) => {
        server.answer(status, '');
        expect(await gateway.ask(call, TIMEOUT_MS)).toMatchObject({ outcome: 'unknown' });
      },
    );

    it('an unreachable gateway says nothing of the call asked about', async () => {
      await server.close();
      expect(await gateway.ask(call, TIMEOUT_MS)).toMatchObject({ outcome: 'unknown' });
    });
  });

  it.each([
    [500, ''],
    [200, '{}'],
    [200, '{"data":[{"id":"f","type":"odd"}],"next_cursor":null}'],
  ])('a feed that answers %d with %s is unreachable', async (status, body) => {
    server.answer(status, body);
    await expect(gateway.facts(null, TIMEOUT_MS)).rejects.toMatchObject({
      code: 'GATEWAY_UNREACHABLE',
    });
  });
});

function gatewayAt(port: number, dispatcher?: Agent): SimulatorGateway {
  const baseUrl = `http://127.0.0.1:${port}/alpha`;
  return new SimulatorGateway({
    name: 'alpha',
    baseUrl,
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
}
