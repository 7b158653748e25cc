import { connect, type Socket } from 'node:net';
import { startTestApi, type TestApi } from '../../../libs/testing/api-harness.js';
import { eventually } from '../../../libs/testing/eventually.js';

const STILL_MS = 1_000;
const IN_FLIGHT_MAX = 3;
/** More than the buffers of both ends take. */
const ITEM = JSON.stringify('x'.repeat(16 * 1024 * 1024));

describe('answers that nobody reads (I-37, I-47)', () => {
  let api: TestApi;
  let sockets: Socket[];
  beforeEach(async () => {
    sockets = [];
    api = await startTestApi({ inFlightPerKeyMax: IN_FLIGHT_MAX, stillTimeoutMs: STILL_MS });
    api.readModels.items = ITEM;
    await api.app.listen(0, '127.0.0.1');
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await api.app.close();
  });

  /** Asks for payments; `reading` false: and never looks at what comes. */
  async function ask(reading: boolean): Promise<Socket> {
    const { port } = new URL(await api.app.getUrl());
    const socket = connect(Number(port), '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    const authorization = `Authorization: Bearer ${api.key.merchant}`;
    socket.write(`GET /v1/payments HTTP/1.1\r\nHost: x\r\n${authorization}\r\n\r\n`);
    if (!reading) socket.pause();
    return socket;
  }

  const status = async () =>
    (
      await api.app.inject({
        url: '/v1/payments',
        headers: { authorization: `Bearer ${api.key.merchant}` },
      })
    ).statusCode;

  it('are not kept: their connections are cut off, and the key has its places again', async () => {
    for (let asked = 0; asked < IN_FLIGHT_MAX; asked++) await ask(false);
    await eventually(async () => expect(await status()).toBe(429));
    await eventually(async () => expect(await status()).toBe(200), 8 * STILL_MS);
  });

  it('are given whole to whoever reads on, however slowly', async () => {
    const socket = await ask(true);
    let chars = 0;
    let wasCut = false;
    socket.on('close', () => (wasCut = true));
    socket.on('data', (bytes) => {
      chars += bytes.length;
      socket.pause();
      setTimeout(() => socket.resume(), 10);
    });
    await eventually(() => expect(chars).toBeGreaterThan(ITEM.length), 30_000);
    expect(wasCut).toBe(false);
  }, 40_000);
});
