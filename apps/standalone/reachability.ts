import { connect, createServer } from 'node:net';
import { ConfigError, type Secret } from '../../libs/platform/config.js';
import { errorCode } from '../../libs/platform/error-code.js';
import { connectionCheck, openPool } from '../../libs/platform/postgres.js';
import type { StandaloneConfig } from './standalone.config.js';

const CONNECT_TIMEOUT_MS = 5_000;
const EVENTSTORE_DEFAULT_PORT = 2113;
const REDIS_DEFAULT_PORT = 6379;
const PORT_MAX = 65_535;

/** @throws ConfigError that names the variable of each port that can't be had */
export async function refuseTakenPorts(config: StandaloneConfig): Promise<void> {
  if (config.port === config.simulatorPort) {
    throw new ConfigError(['GATEWAY_SIMULATOR_PORT must be another port than PORT.']);
  }
  const faults = [
    await portFault('PORT', config.port, config.host),
    await portFault('GATEWAY_SIMULATOR_PORT', config.simulatorPort, '127.0.0.1'),
  ].filter((fault) => fault !== undefined);
  if (faults.length > 0) throw new ConfigError(faults);
}

/** Engines that were named by URL must answer before anything is started. @throws ConfigError */
export async function refuseUnreachableEngines(config: StandaloneConfig): Promise<void> {
  if (config.databaseUrl !== undefined) await refuseDatabase(config.databaseUrl);
  if (config.eventStoreUrl !== undefined) await refuseEventStore(config.eventStoreUrl);
  if (config.redisUrls.length > 0) await refuseRedis(config.redisUrls);
}

async function portFault(name: string, port: number, host: string): Promise<string | undefined> {
  const probe = createServer();
  try {
    await new Promise<void>((done, failed) => {
      probe.once('error', failed);
      probe.listen(port, host, done);
    });
    return undefined;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EADDRINUSE') {
      return `${name}: another program listens on port ${port} already; stop it, or set ${name} to a free port.`;
    }
    if (code === 'EACCES') return `${name}: this user may not listen on port ${port}.`;
    return `HOST must be an address of this machine.`;
  } finally {
    await new Promise<void>((done) => probe.close(() => done()));
  }
}

async function refuseDatabase(databaseUrl: Secret): Promise<void> {
  const pool = openPool({
    databaseUrl: databaseUrl.reveal(),
    applicationName: 'tillstream-standalone',
    max: 2,
  });
  try {
    await connectionCheck(pool);
  } finally {
    await pool.end();
  }
}

/** One of the nodes that the URL names must take a connection; the store itself says the rest. */
async function refuseEventStore(url: Secret): Promise<void> {
  const hosts = /^[a-z+]+:\/\/(?:[^@/]*@)?([^/?]+)/i.exec(url.reveal())?.[1]?.split(',') ?? [];
  for (const host of hosts) {
    const [name, port] = host.split(/:(?=\d+$)/);
    if (name !== undefined && (await accepts(name, Number(port ?? EVENTSTORE_DEFAULT_PORT))))
      return;
  }
  throw new ConfigError(['EVENTSTORE_URL leads to no server that answers.']);
}

/** A typing error shows here; a node that goes away later, or over a child's restart, holds up nothing. */
async function refuseRedis(urls: readonly Secret[]): Promise<void> {
  for (const url of urls) {
    const { hostname, port } = new URL(url.reveal());
    if (await accepts(hostname, Number(port || REDIS_DEFAULT_PORT))) return;
  }
  throw new ConfigError(['REDIS_URLS leads to no server that answers.']);
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    if (port > PORT_MAX) return done(false); // Node would throw
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const finish = (answer: boolean) => {
      socket.destroy();
      done(answer);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
}
