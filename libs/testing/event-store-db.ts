import { exec, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

const IMAGE = 'eventstore/eventstore:23.10.1-jammy';
const PORT = 2113;
const DOCKER_TIMEOUT_MS = 5_000;

/** A real server: the one of EVENTSTORE_URL, or a container of its own where Docker runs. */
export interface EventStoreDbEngine {
  readonly url: string;
  /**
   * EVENTSTORE_RESTART_COMMAND when given (kills the server and brings it back), a restart of the container,
   * or else the loss of all connections to the server.
   */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/** How to get one, or null where there is none. */
export function findEventStoreDb(): (() => Promise<EventStoreDbEngine>) | null {
  const url = process.env['EVENTSTORE_URL'];
  if (url !== undefined && url !== '') return () => givenServer(url);
  const docker = spawnSync('docker', ['info'], { timeout: DOCKER_TIMEOUT_MS, stdio: 'ignore' });
  return docker.status === 0 ? startContainer : null;
}

async function givenServer(url: string): Promise<EventStoreDbEngine> {
  const command = process.env['EVENTSTORE_RESTART_COMMAND'];
  if (command !== undefined && command !== '') {
    // The server takes every EVENTSTORE_... for a setting of its own, and refuses unknown ones.
    const own = (name: string) => name.startsWith('EVENTSTORE_');
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own(name)));
    const restart = async () => void (await promisify(exec)(command, { env }));
    return { url, restart, dispose: async () => undefined };
  }
  const proxied = await throughProxy(url);
  if (proxied === undefined) {
    throw new Error('for a cluster the restart has to be given: EVENTSTORE_RESTART_COMMAND');
  }
  return engineBehind(proxied);
}

interface Proxied {
  readonly proxy: TcpProxy;
  readonly url: string;
}

/** A port of our own before a single server; undefined for a cluster, whose members are found past it. */
export async function throughProxy(url: string): Promise<Proxied | undefined> {
  const single = /^esdb:\/\/([^/@,]*@)?([^/@,:]+):(\d+)(.*)$/.exec(url);
  if (single === null) return undefined;
  const [, user = '', host = '', port, rest = ''] = single;
  const proxy = await startTcpProxy({ host, port: Number(port) });
  return { proxy, url: `esdb://${user}127.0.0.1:${proxy.port}${rest}` };
}

function engineBehind({ proxy, url }: Proxied): EventStoreDbEngine {
  return { url, restart: () => proxy.cut(), dispose: () => proxy.close() };
}

async function startContainer(): Promise<EventStoreDbEngine> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(IMAGE)
    .withExposedPorts(PORT)
    .withEnvironment({ EVENTSTORE_INSECURE: 'true', EVENTSTORE_MEM_DB: 'false' })
    .withWaitStrategy(Wait.forHttp('/health/live', PORT).forStatusCode(204))
    .start();
  const address = () => ({ host: container.getHost(), port: container.getMappedPort(PORT) });
  // A restarted container may get another port: the proxy's stays.
  const proxy = await startTcpProxy(address());
  return {
    ...engineBehind({ proxy, url: `esdb://127.0.0.1:${proxy.port}?tls=false` }),
    restart: async () => {
      await container.restart({ timeout: 0 });
      proxy.target = address();
    },
    dispose: async () => {
      await proxy.close();
      await container.stop();
    },
  };
}
