import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fastify, type FastifyInstance } from 'fastify';
import { Connections } from './connections.js';

const host = '127.0.0.1';

describe('the end of the API', () => {
  let app: FastifyInstance;
  let connections: Connections;
  let agent: Agent;
  let answerSlow: (text: string) => void;

  beforeEach(async () => {
    app = fastify();
    connections = new Connections();
    connections.follow(app);
    app.get('/', () => 'answer');
    app.get('/slow', () => new Promise<string>((resolve) => (answerSlow = resolve)));
    await app.listen({ port: 0, host });
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
  });

  afterEach(() => agent.destroy());

  function end(noticeMs: number): Promise<void> {
    return connections.end(app.server, { noticeMs, close: () => app.close() });
  }

  function portOf(): number {
    return (app.server.address() as AddressInfo).port; // reason: a TCP server that listens
  }

  async function ask(path = '/'): Promise<IncomingMessage> {
    const asked = get({ host, port: portOf(), path, agent });
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

  it('I-45: is told with an answer that was under way, however long that takes', async () => {
    const seen = once(app.server, 'request');
    const slow = ask('/slow');
    await seen;
    const ended = end(10);
    await pause(200);
    answerSlow('answer');
    expect((await slow).headers.connection).toBe('close');
    await ended;
  });

  it('does not wait for those who say nothing', async () => {
    await ask();
    await end(100);
    await expect(ask()).rejects.toThrow();
  });

  it('does not wait for a connection that was never used', async () => {
    const spare = connect({ host, port: portOf() });
    const ended = once(spare, 'close');
    await once(app.server, 'connection');
    await end(10);
    await ended;
  });
});
