import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Ports of loopback that nobody listens on. */
export async function freePorts(count: number): Promise<() => number> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port); // reason: they listen on TCP
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return () => {
    const port = ports.pop();
    if (port === undefined) throw new Error('more ports are asked for than were looked for');
    return port;
  };
}
