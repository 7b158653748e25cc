import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const AWAY_MS = 300;
const UNANSWERED_MS = 300;

/** A loopback port that leads to a server, until it is cut. */
export interface TcpProxy {
  readonly port: number;
  target: { host: string; port: number };
  /** Resets every connection and lets none in for a moment, as a restart of the server would. */
  cut(): Promise<void>;
  /**
   * Holds up what travels on the connections that there are now, as where the other end froze, until the function that
   * it gives is called; new ones are as ever.
   */
  stall(): () => void;
  /** Lets through for a moment what is asked and none of what is answered, and then cuts. */
  loseAnswers(): Promise<void>;
  close(): Promise<void>;
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const answering = new Set<Socket>();
  let away = false;
  const server = createServer({ noDelay: true }, (client) => {
    if (away) {
      client.destroy();
      return;
    }
    const upstream = connect({ ...proxy.target, noDelay: true });
    answering.add(upstream.on('close', () => answering.delete(upstream)));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cutAll = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const proxy: TcpProxy = {
    // A TCP server's address is never a pipe name.
    port: (server.address() as AddressInfo).port,
    target,
    cut: async () => {
      away = true;
      cutAll();
      await pause(AWAY_MS);
      away = false;
    },
    stall: () => {
      const stalled = [...sockets];
      for (const socket of stalled) socket.pause();
      return () => {
        for (const socket of stalled) socket.resume();
      };
    },
    loseAnswers: async () => {
      for (const upstream of answering) upstream.pause();
      await pause(UNANSWERED_MS);
      cutAll();
    },
    close: async () => {
      server.close();
      cutAll();
    },
  };
  return proxy;
}
