import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { endConnections } from './end-connections.js';

describe('the end of the API', () => {
  let server: Server;
  let agent: Agent;

  beforeEach(async () => {
    server = createServer((_request, response) => response.end('answer'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
  });

  afterEach(() => agent.destroy());

  function end(noticeMs: number): Promise<void> {
    const close = () => new Promise((resolve) => server.close(resolve));
    return endConnections({ server, noticeMs, close });
  }

  async function ask(): Promise<IncomingMessage> {
    const { port } = server.address() as AddressInfo; // reason: a TCP server that listens
    const asked = get({ host: '127.0.0.1', port, agent });
    // reason: what the event carries
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    return answer;
  }

  it('I-45: is told on a connection that is used, with its last answer', async () => {
    expect((await ask()).headers.connection).toBe('keep-alive');
    const ended = end(5_000);
    await pause(200);
    expect((await ask()).headers.connection).toBe('close');
    await ended;
  });

  it('does not wait for those who say nothing', async () => {
    await ask();
    await end(100);
    await expect(ask()).rejects.toThrow();
  });
});
