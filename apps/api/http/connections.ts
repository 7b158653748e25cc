import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';

const LOOK_INTERVAL_MS = 50;

export interface Ending {
  /** How long clients that keep a connection have to use it once more. */
  readonly noticeMs: number;
  /** Takes no new connection, and resolves when all are gone. */
  readonly close: () => Promise<unknown>;
}

/** The connections of an API, for its end. */
export class Connections {
  private readonly open = new Set<Socket>();
  private isEnding = false;

  /** To be called before it listens. */
  follow(fastify: FastifyInstance): void {
    fastify.server.on('connection', (socket) => {
      this.open.add(socket);
      socket.once('close', () => this.open.delete(socket));
    });
    fastify.addHook('onSend', (_request, reply, _payload, done) => {
      if (this.isEnding) void reply.header('connection', 'close');
      done();
    });
  }

  /**
   * Ends once every answer that is under way is out. Clients are told with that one, and with what they ask meanwhile on an
   * open connection: of one that is cut instead, a request may be on its way, and its client left without an answer.
   */
  async end(server: Server, { noticeMs, close }: Ending): Promise<void> {
    this.isEnding = true;
    const connections = promisify(server.getConnections.bind(server));
    const deadline = performance.now() + noticeMs;
    while (performance.now() < deadline && (await connections()) > 0) await pause(LOOK_INTERVAL_MS);
    // Node looks for idle ones only once, as it is closed.
    const sweep = setInterval(() => this.closeIdle(server), LOOK_INTERVAL_MS);
    try {
      await close();
    } finally {
      clearInterval(sweep);
    }
  }

  private closeIdle(server: Server): void {
    server.closeIdleConnections();
    // One that was never used counts as busy there; browsers and proxies keep some open in advance.
    for (const socket of this.open) if (socket.bytesRead === 0) socket.destroy();
  }
}
