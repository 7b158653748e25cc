import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { preparePostgresHome, POSTGRES_ROLE, type PostgresHome } from './embedded-postgres-home.js';
import { freePort } from './free-port.js';
import { endLeftoverPostgres, endPostmaster } from './leftover-postgres.js';
import { errorCode } from './error-code.js';
import { Secret } from './secret.js';

const DATABASE = 'tillstream';
const START_ATTEMPTS_MAX = 5;
const ATTEMPT_PAUSE_MS = 300;
/** For a server that says nothing; one that recovers after a kill says so, and takes as long as it takes. */
const READY_DEADLINE_MS = 300_000;
const WAITING_NOTICE_MS = 10_000;
const POLL_MS = 25;
/** Another program may have the port, which takes a connection and says nothing. */
const ANSWER_WAIT_MS = 5_000;
const LOG_FILE_MAX_BYTES = 10 * 1024 * 1024;
/** SQLSTATE */
const INVALID_PASSWORD = '28P01';
const CANNOT_CONNECT_NOW = '57P03';
const MIB = 1024 * 1024;
/**
 * Room for the indexes of a million payments: each payment touches other parts of them, and would wait for the disk.
 */
const SHARED_BUFFERS_MAX_MIB = 1024;
const SHARED_BUFFERS_SHARE = 1 / 8;

export interface EmbeddedPostgresOptions {
  /** Holds `postgres/`, the password (mode 600) and the server's log; made if missing. */
  readonly dataDir: string;
  /** Taken if it is free, so that clients of a server that died find the next one. */
  readonly port?: number;
  /** Told what takes long or is out of the ordinary. */
  readonly tell?: (text: string) => void;
  /** Gives up a start that is under way; the server is stopped. */
  readonly signal?: AbortSignal;
}

export interface EmbeddedPostgres {
  readonly databaseUrl: Secret;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the server has ended, asked to or not. */
  readonly ended: Promise<void>;
  /** Idempotent. Connections are cut, what was committed stays. */
  stop(): Promise<void>;
}

/**
 * A real PostgreSQL of our own on a free loopback port; fsync is on. One that a killed start left behind is stopped first.
 * @throws Error with the last words of the server when it doesn't come up, ConfigError where its password was emptied
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { tell = () => undefined, signal } = options;
  const home = await preparePostgresHome(resolve(options.dataDir), tell);
  for (let attempt = 1; ; attempt += 1) {
    await endLeftoverPostgres(home.data, tell);
    const port = attempt === 1 && options.port !== undefined ? options.port : await freePort();
    const server = launch(home, port);
    try {
      await untilReady(server, urlOf(home, port, 'postgres'), { tell, signal });
      await createDatabase(urlOf(home, port, 'postgres'));
      return handleOf(server, port, new Secret(urlOf(home, port, DATABASE)));
    } catch (cause) {
      if (server.pid !== undefined && server.exitCode === null) await endPostmaster(server.pid);
      signal?.throwIfAborted();
      // The first refusal may have come from another program on this port.
      if (cause instanceof PasswordRefused && attempt > 1) throw cause;
      // Another program may have taken the port, or shared memory of a killed server may not be free yet.
      if (attempt === START_ATTEMPTS_MAX) {
        throw new Error(`PostgreSQL did not start. ${lastWords(home.logFile)}`, { cause });
      }
      await pause(attempt * ATTEMPT_PAUSE_MS);
    }
  }
}

function handleOf(server: ChildProcess, port: number, databaseUrl: Secret): EmbeddedPostgres {
  const ended = new Promise<void>((done) => {
    if (server.exitCode !== null || server.signalCode !== null) done();
    else server.once('exit', () => done());
  });
  const pid = server.pid ?? 0; // a server that answered has one
  return {
    databaseUrl,
    port,
    pid,
    ended,
    stop: async () => {
      if (server.exitCode === null && server.signalCode === null) await endPostmaster(pid);
      await ended;
    },
  };
}

/** In a session of its own: Ctrl-C is meant for the supervisor, which stops Postgres last. */
function launch(home: PostgresHome, port: number): ChildProcess {
  if (existsSync(home.logFile) && statSync(home.logFile).size > LOG_FILE_MAX_BYTES) {
    renameSync(home.logFile, `${home.logFile}.1`);
  }
  const log = openSync(home.logFile, 'a', 0o600);
  const settings = Object.entries(settingsFor(port)).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const server = spawn(join(home.bin, 'postgres'), ['-D', home.data, ...settings], {
    ...home.user,
    cwd: home.data,
    detached: true,
    stdio: ['ignore', log, log],
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' },
  });
  server.on('error', () => undefined); // untilReady sees that it has no pid
  closeSync(log);
  return server;
}

function settingsFor(port: number): Record<string, string | number> {
  // A container's limit counts as well; where there is none, it reads as more than the machine has.
  const memoryMib =
    Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) / MIB;
  const share = Math.floor(memoryMib * SHARED_BUFFERS_SHARE);
  const buffersMib = Math.min(SHARED_BUFFERS_MAX_MIB, share);
  return {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    max_connections: 100,
    shared_buffers: `${buffersMib}MB`,
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    // The page that a checkpoint makes Postgres write whole takes 10 us as it is, and 100 compressed by pglz, the only
    // method that this build has: among many payments that would be the larger half of what an append costs.
    wal_compression: 'off',
    // Few, spread checkpoints: each one is felt, and makes the next change of every page a whole page in the log.
    checkpoint_timeout: '15min',
    max_wal_size: '4GB',
    // Files of the log that are there already are used again; without this, a quiet hour would remove most of them.
    min_wal_size: '512MB',
    checkpoint_completion_target: 0.9,
    // Short statements only: planning in parallel or compiling them costs more than it gives; /dev/shm stays small.
    max_parallel_workers_per_gather: 0,
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Values never go to the log, whatever fails.
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
  };
}

async function untilReady(
  server: ChildProcess,
  url: string,
  { tell, signal }: { tell: (text: string) => void; signal: AbortSignal | undefined },
): Promise<void> {
  let deadline = performance.now() + READY_DEADLINE_MS;
  let noticeAt = performance.now() + WAITING_NOTICE_MS;
  while (performance.now() < deadline) {
    signal?.throwIfAborted();
    if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) {
      throw new Error('the server ended');
    }
    const answer = await answerOf(url);
    if (answer === 'ready') return;
    if (answer === 'recovering') deadline = performance.now() + READY_DEADLINE_MS;
    if (performance.now() > noticeAt) {
      noticeAt += WAITING_NOTICE_MS;
      tell(`waiting for PostgreSQL: ${answer}`);
    }
    await pause(POLL_MS);
  }
  throw new Error(`no answer within ${READY_DEADLINE_MS} ms`);
}

async function answerOf(url: string): Promise<'ready' | 'recovering' | 'no answer'> {
  try {
    await withClient(url, (client) => client.query('select 1'));
    return 'ready';
  } catch (error) {
    if (errorCode(error) === INVALID_PASSWORD) throw new PasswordRefused();
    return errorCode(error) === CANNOT_CONNECT_NOW ? 'recovering' : 'no answer';
  }
}

class PasswordRefused extends Error {
  constructor() {
    super(
      'postgres-password is not the one that the data in postgres/ were made with; put it back',
    );
  }
}

async function createDatabase(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`);
  });
}

async function withClient<Result>(
  connectionString: string,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: ANSWER_WAIT_MS });
  client.on('error', () => undefined); // the query in hand rejects as well
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function urlOf(home: PostgresHome, port: number, database: string): string {
  return `postgres://${POSTGRES_ROLE}:${home.password}@127.0.0.1:${port}/${database}`;
}

function lastWords(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-5);
  return `Its log (${logFile}) ends with:\n${lines.join('\n')}`;
}
