import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { FaultProxy } from './fault-proxy.js';

describe('the fault proxy', () => {
  let echo: Server;
  let proxy: FaultProxy;
  /** The server's ends of the connections. */
  let arrived: Socket[];
  const opened: Socket[] = [];

  beforeEach(async () => {
    arrived = [];
    echo = createServer((socket) => {
      arrived.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (piece) => socket.write(piece));
    }).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const { port } = echo.address() as AddressInfo;
    proxy = await FaultProxy.start({ host: '127.0.0.1', port });
  });
  afterEach(async () => {
    for (const socket of opened.splice(0)) socket.destroy();
    for (const socket of arrived) socket.destroy();
    await proxy.close();
    echo.close();
  });

  it('carries both ways, and the end of a connection too', async () => {
    const client = await open();
    expect(await answerTo(client, 'hello')).toBe('hello');
    const end = once(arrived[0]!, 'end');
    client.end();
    await end;
  });

  it('delays, and lets the rest pass at once when the fault ends', async () => {
    const client = await open();
    proxy.impose({ kind: 'delay', ms: 100 });
    const began = performance.now();
    expect(await answerTo(client, 'slow')).toBe('slow');
    expect(performance.now() - began).toBeGreaterThan(190);
    proxy.impose({ kind: 'delay', ms: 3_600_000 });
    const answer = answerTo(client, 'later');
    proxy.impose(null);
    expect(await answer).toBe('later');
  });

  it('throttles to so many bytes a second', async () => {
    const client = await open();
    proxy.impose({ kind: 'throttle', bytesPerSecond: 1_000 });
    const began = performance.now();
    await answerTo(client, 'x'.repeat(100));
    expect(performance.now() - began).toBeGreaterThan(190);
  });

  it('holds everything back, and loses none of it', async () => {
    const client = await open();
    proxy.impose({ kind: 'hold' });
    client.write('one ');
    client.write('two');
    proxy.impose({ kind: 'hold' });
    const answer = received(client, 7);
    proxy.impose(null);
    expect(await answer).toBe('one two');
  });

  it('cuts what is open, and lets nobody in until the fault ends', async () => {
    const client = await open();
    const lost = closed(client);
    proxy.impose({ kind: 'cut' });
    await lost;
    const refused = connect({ host: '127.0.0.1', port: proxy.port });
    opened.push(refused);
    refused.on('error', () => undefined);
    await closed(refused);
    proxy.impose(null);
    expect(await answerTo(await open(), 'again')).toBe('again');
  });

  it('loses the server without a word to the client, until the fault ends', async () => {
    const client = await open();
    await answerTo(client, 'there');
    const gone = closed(arrived[0]!);
    proxy.impose({ kind: 'half_open', gone: 'server' });
    await gone;
    client.write('anybody?');
    const late = await open();
    late.write('anybody?');
    const answers: string[] = [];
    for (const one of [client, late]) one.on('data', (piece) => answers.push(String(piece)));
    await answerTo(await openDirectly(), 'time passes');
    expect([client.destroyed, late.destroyed, answers]).toEqual([false, false, []]);
    const lost = Promise.all([closed(client), closed(late)]);
    proxy.impose(null);
    await lost;
  });

  it('loses the client without a word to the server, until the fault ends', async () => {
    const client = await open();
    await answerTo(client, 'there');
    const [end] = arrived;
    const lost = closed(client);
    proxy.impose({ kind: 'half_open', gone: 'client' });
    await lost;
    end!.write('anybody?');
    await answerTo(await openDirectly(), 'time passes');
    expect(end!.destroyed).toBe(false);
    const gone = closed(end!);
    proxy.impose(null);
    await gone;
  });

  it('resets a connection once so much of the answers has passed', async () => {
    const client = await open();
    proxy.impose({ kind: 'reset_after', bytes: 10 });
    const lost = closed(client);
    const answer = received(client, 10);
    client.write('0123456789abcdef');
    expect(await answer).toBe('0123456789');
    await lost;
  });

  function open(): Promise<Socket> {
    return openAt(proxy.port);
  }

  function openDirectly(): Promise<Socket> {
    return openAt((echo.address() as AddressInfo).port);
  }

  async function openAt(port: number): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port });
    opened.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  /** Not by `once`, which takes the error before it for a failure. */
  function closed(socket: Socket): Promise<void> {
    return new Promise((resolve) => socket.once('close', () => resolve()));
  }

  function answerTo(client: Socket, text: string): Promise<string> {
    const answer = received(client, text.length);
    client.write(text);
    return answer;
  }

  function received(client: Socket, bytes: number): Promise<string> {
    return new Promise((resolve) => {
      let text = '';
      const hear = (piece: Buffer) => {
        text += piece.toString();
        if (text.length < bytes) return;
        client.off('data', hear);
        resolve(text);
      };
      client.on('data', hear);
    });
  }
});
