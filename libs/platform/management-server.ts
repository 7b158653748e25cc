import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { listenFault } from './listen-fault.js';
import { readinessOf, type ReadinessCheck } from './health.js';
import type { Metrics } from './metrics.js';

const REQUEST_TIMEOUT_MS = 10_000;

export interface ManagementOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Loopback unless said otherwise: health and metrics never stand on a public address. */
  readonly host?: string;
  readonly metrics: Metrics;
  readonly readiness: readonly ReadinessCheck[];
}

export interface ManagementServer {
  readonly url: string;
  close(): Promise<void>;
}

/** What a child tells its supervisor once its management server listens. */
export interface ManagementMessage {
  readonly type: 'management';
  readonly url: string;
}

/**
 * `/health/live`, `/health/ready` (503 with named reasons) and `/metrics`. A supervisor that started this process with
 * an IPC channel is told the address.
 * @throws ConfigError where MANAGEMENT_HOST and MANAGEMENT_PORT can't be listened on
 */
export async function startManagementServer(options: ManagementOptions): Promise<ManagementServer> {
  const server = createServer((request, response) => {
    answer(request, response, options).catch(() => response.destroy());
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  const host = options.host ?? '127.0.0.1';
  server.listen(options.port, host);
  await once(server, 'listening').catch((error: unknown) => {
    throw listenFault(error, { port: 'MANAGEMENT_PORT', host: 'MANAGEMENT_HOST' });
  });
  const { port } = server.address() as AddressInfo; // reason: a TCP server that listens
  const url = `http://${host}:${port}`;
  process.send?.({ type: 'management', url } satisfies ManagementMessage);
  return {
    url,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ManagementOptions,
): Promise<void> {
  const path = (request.url ?? '/').split('?')[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, {});
  if (path === '/health/live') return send(response, 200, { status: 'live' });
  if (path === '/health/ready') {
    const report = await readinessOf(options.readiness);
    return send(response, report.status === 'ready' ? 200 : 503, report);
  }
  if (path === '/metrics') {
    const text = await options.metrics.registry.metrics();
    response.writeHead(200, { 'content-type': options.metrics.registry.contentType });
    response.end(text);
    return;
  }
  send(response, 404, {});
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
