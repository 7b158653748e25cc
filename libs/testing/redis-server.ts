import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { freePort } from '../platform/free-port.js';
import { eventually } from './eventually.js';
import { startTcpProxy } from './tcp-proxy.js';

/** A real server: the first of REDIS_URLS, or a program of this machine on a free port of its own. */
export interface RedisEngine {
  readonly url: string;
  /** Kills the program; of a given server, takes its answers away. */
  kill(): Promise<void>;
  /** Brings it back without what it knew; a given server keeps its keys. */
  revive(): Promise<void>;
  dispose(): Promise<void>;
}

/** How to get one, or null where there is none. */
export function findRedis(): (() => Promise<RedisEngine>) | null {
  const given = process.env['REDIS_URLS']?.split(',')[0]?.trim();
  if (given !== undefined && given !== '') return () => givenServer(given);
  const program = spawnSync('redis-server', ['--version'], { stdio: 'ignore' });
  return program.status === 0 ? ownServer : null;
}

const NOWHERE = { host: '127.0.0.1', port: 9 };

async function givenServer(given: string): Promise<RedisEngine> {
  const url = new URL(given);
  const there = { host: url.hostname, port: Number(url.port || 6379) };
  const proxy = await startTcpProxy(there);
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  return {
    url: url.href,
    kill: async () => {
      proxy.target = NOWHERE;
      await proxy.cut();
    },
    revive: async () => {
      proxy.target = there;
    },
    dispose: () => proxy.close(),
  };
}

async function ownServer(): Promise<RedisEngine> {
  const port = await freePort();
  let child = await startServer(port);
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    revive: async () => {
      child = await startServer(port);
    },
    dispose: kill,
  };
}

async function startServer(port: number): Promise<ChildProcess> {
  const memoryOnly = ['--save', '', '--appendonly', 'no'];
  const args = ['--port', String(port), '--bind', '127.0.0.1', ...memoryOnly];
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  await eventually(() => accepts(port));
  return child;
}

async function accepts(port: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
