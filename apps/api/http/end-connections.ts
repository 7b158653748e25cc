import type { Server, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const LOOK_INTERVAL_MS = 50;

export interface Ending {
  readonly server: Server;
  /** How long clients that keep a connection have to use it once more. */
  readonly noticeMs: number;
  /** Takes no new connection, and resolves when all are gone. */
  readonly close: () => Promise<unknown>;
}

/**
 * Ends once every answer that is under way is out. Whoever uses an open connection meanwhile is told with the answer that it
 * was the last one: of a connection that is cut instead, a request may be on its way, and its client left without an answer.
 */
export async function endConnections({ server, noticeMs, close }: Ending): Promise<void> {
  server.prependListener('request', tellLast);
  const connections = promisify(server.getConnections.bind(server));
  const deadline = performance.now() + noticeMs;
  while (performance.now() < deadline && (await connections()) > 0) await pause(LOOK_INTERVAL_MS);
  // Node ends only connections that are idle at once; a busy one would be kept open for its next request.
  const sweep = setInterval(() => server.closeIdleConnections(), LOOK_INTERVAL_MS);
  try {
    await close();
  } finally {
    clearInterval(sweep);
  }
}

function tellLast(_request: unknown, response: ServerResponse): void {
  response.setHeader('connection', 'close');
}
