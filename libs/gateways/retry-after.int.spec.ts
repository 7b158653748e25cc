import { charge } from './gateway-calls.contract.js';
import { HTTP_ADAPTERS } from './http-adapters.contract.js';
import { type ScriptedServer, startScriptedServer } from './simulator/scripted-server.contract.js';

const TIMEOUT_MS = 5_000;

describe.each(HTTP_ADAPTERS)('a 429 of the gateway behind the adapter %s', (_name, open) => {
  let server: ScriptedServer;
  let gateway: ReturnType<typeof open>;
  beforeEach(async () => {
    server = await startScriptedServer();
    gateway = open(`http://127.0.0.1:${server.port}`);
  });
  afterEach(async () => {
    await gateway.close();
    await server.close();
  });

  async function toldBy(headers: string): Promise<object> {
    server.onRequest((socket) =>
      socket.write(`HTTP/1.1 429 Too Many\r\n${headers}content-length: 2\r\n\r\n{}`),
    );
    return await gateway.send(charge('purchase', 'pm_card_visa'), TIMEOUT_MS);
  }

  it('says for how long it wants to be left alone', async () => {
    expect(await toldBy('Retry-After: 7\r\n')).toMatchObject({
      outcome: 'refused',
      reason: 'rate_limited',
      retryAfterMs: 7_000,
    });
  });

  it.each(['', 'Retry-After: 0\r\n', 'Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n'])(
    'does not say for how long with %j',
    async (headers) => {
      const told = await toldBy(headers);
      expect(told).toMatchObject({ outcome: 'refused', reason: 'rate_limited' });
      expect(told).not.toHaveProperty('retryAfterMs');
    },
  );
});
