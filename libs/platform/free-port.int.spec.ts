import { once } from 'node:events';
import { createServer } from 'node:net';
import { freePort, freePorts } from './free-port.js';

/** Linux gives outgoing connections ports from here on, other systems higher ones. */
const OUTGOING_FROM = 32_768;

describe('a free port', () => {
  it('can be listened on, and goes to no outgoing connection meanwhile', async () => {
    const port = await freePort();

    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();

    expect(port).toBeLessThan(OUTGOING_FROM);
  });

  it('is given once where several are asked for', async () => {
    const ports = await freePorts(50);

    expect(new Set(ports).size).toBe(50);
  });
});
