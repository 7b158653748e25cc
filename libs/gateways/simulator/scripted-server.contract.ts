import { createServer, type Server, type Socket } from 'node:net';

export interface ScriptedServer {
  readonly port: number;
  answer(status: number, body: string): void;
  onRequest(behave: (socket: Socket) => void): void;
  requests(): number;
  received(): string;
  requestsReach(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Bare TCP, so that a test can break the protocol too. Every request is one small packet here. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  let received = '';
  let count = 0;
  let waiting: (() => void) | undefined;
  let behave: (socket: Socket) => void = () => undefined;
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString();
      count += 1;
      behave(socket);
      waiting?.();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP address');
  return {
    port: address.port,
    answer: (status, body) => {
      behave = (socket) => socket.write(httpAnswer(status, body));
    },
    onRequest: (behaviour) => {
      behave = behaviour;
    },
    requests: () => count,
    received: () => received,
    requestsReach: async (wanted) => {
      while (count < wanted) await new Promise<void>((resolve) => (waiting = resolve));
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function httpAnswer(status: number, body: string): string {
  const length = status === 204 || status === 304 ? '' : `content-length: ${body.length}\r\n`;
  return `HTTP/1.1 ${status} Scripted\r\nlocation: /elsewhere\r\n${length}\r\n${length === '' ? '' : body}`;
}
