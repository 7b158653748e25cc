// Brings a clone to the state in which it can run: packages from the lock file, then the build. No dependencies: this
// runs before anything is installed. What is done is stamped last, so that a kill at any moment is repaired by the next run.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const SOURCES = ['apps', 'libs', 'projections'];
const COMMAND_LINE = join('apps', 'cli', 'main.js');
/** Not part of what runs: specs, their suites and helpers, golden files. */
const NOT_BUILT = /\.spec\.ts$|\.contract\.ts$|^libs\/testing\/|\/golden\//;
const NOT_BUILT_GLOBS = ['**/*.spec.ts', '**/*.contract.ts', 'libs/testing/**', '**/golden/**'];
const INSTALL_STAMP = join(ROOT, 'node_modules', '.tillstream-stamp');
const BUILD_STAMP = join(ROOT, 'dist', '.tillstream-stamp');
const BUILD_ROOM = join(ROOT, '.build');
const PROGRESS_INTERVAL_MS = 5_000;
const LOCK_POLL_MS = 300;
const STOP_GRACE_MS = 2_000;

/** Installs and builds what is missing. Two at once take turns; the second finds the work done. */
export async function prepare() {
  refuseOldNode();
  if (installed() && built()) return;
  const lock = await takeTurn();
  try {
    if (!installed()) await install(lock);
    if (!built()) await build(lock);
  } finally {
    lock?.close();
  }
}

/** Said here in words: what an old Node would say itself is a riddle. */
function refuseOldNode() {
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const [major, minor] = process.versions.node.split('.').map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
  if (!fits) fail(`Node ${process.versions.node} does not do; needed is ${engines.node}`);
}

export function say(text) {
  console.log(`tillstream: ${text}`);
}

/** Runs a command in the project; resolves to its exit code. It ends with us when we are asked to stop. */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: options.stdio ?? ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...options.env },
    detached: true, // a group of its own, so that all of it can be stopped
  });
  const stop = (signal) => {
    const { pid } = child;
    if (pid === undefined) return;
    const tell = (what) => {
      try {
        process.kill(-pid, what);
      } catch {
        // gone already
      }
    };
    tell('SIGTERM');
    // npm takes its time over that; nothing it leaves half done is taken for whole.
    setTimeout(tell, STOP_GRACE_MS, 'SIGKILL');
    child.once('exit', () => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  // Not once: npm passes on a Ctrl-C that the whole group got already.
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    process.removeListener('SIGTERM', stop);
    process.removeListener('SIGINT', stop);
  }
}

function installed() {
  const lockFile = readFileSync(join(ROOT, 'package-lock.json'));
  const wanted = hashOf(lockFile, process.version, process.platform, process.arch);
  if (readIfThere(INSTALL_STAMP) === wanted) return true;
  if (!sameAsInstalled(JSON.parse(lockFile.toString()))) return false;
  writeFileSync(INSTALL_STAMP, wanted);
  return true;
}

/** npm writes node_modules/.package-lock.json last: where it agrees with the lock file, nothing is missing. */
function sameAsInstalled(lock) {
  const present = packagesIn(readIfThere(join(ROOT, 'node_modules', '.package-lock.json')));
  if (present === undefined) return false;
  return Object.entries(lock.packages).every(
    ([path, { version, optional, devOptional }]) =>
      path === '' ||
      (present[path] === undefined
        ? optional === true || devOptional === true
        : present[path].version === version && existsSync(join(ROOT, path))),
  );
}

/** Of a killed npm, or a full disk, the file may be half there. */
function packagesIn(text) {
  try {
    return JSON.parse(text).packages;
  } catch {
    return undefined;
  }
}

async function install(lock) {
  say('installing packages from the lock file (once; takes a minute or two)');
  const startedAt = Date.now();
  const ticker = setInterval(() => {
    if (process.stdout.isTTY) return; // npm shows there that it lives
    say(`still installing after ${Math.round((Date.now() - startedAt) / 1_000)} s`);
  }, PROGRESS_INTERVAL_MS);
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  const [command, all] = npm?.endsWith('.js') ? [process.execPath, [npm, ...args]] : ['npm', args];
  const code = await run(command, all, { stdio: stdioWith(lock) });
  clearInterval(ticker);
  if (code !== 0) fail(`npm ci ended with code ${code}; what it said stands above`);
  const lockFile = readFileSync(join(ROOT, 'package-lock.json'));
  writeFileSync(INSTALL_STAMP, hashOf(lockFile, process.version, process.platform, process.arch));
  say(`installed in ${Math.round((Date.now() - startedAt) / 1_000)} s`);
}

function built() {
  return readIfThere(BUILD_STAMP) === sourcesHash();
}

/** Compiles into a room of its own and moves the result in whole: nobody ever sees half a build. */
async function build(lock) {
  say('building');
  rmSync(BUILD_ROOM, { recursive: true, force: true });
  mkdirSync(BUILD_ROOM);
  const wanted = sourcesHash();
  const fresh = join(BUILD_ROOM, 'dist');
  const code = await run(
    process.execPath,
    [
      join(ROOT, 'node_modules', '@swc', 'cli', 'bin', 'swc.js'),
      ...SOURCES.filter((folder) => existsSync(join(ROOT, folder))),
      '--out-dir',
      relative(ROOT, fresh),
      '--copy-files',
      '--quiet',
      '--ignore',
      NOT_BUILT_GLOBS.join(','),
    ],
    { stdio: stdioWith(lock) },
  );
  if (code !== 0) fail(`the build ended with code ${code}; what it said stands above`);
  // As `npx tillstream` runs it.
  chmodSync(join(fresh, COMMAND_LINE), 0o755);
  writeFileSync(join(fresh, '.tillstream-stamp'), wanted);
  const dist = join(ROOT, 'dist');
  if (existsSync(dist)) renameSync(dist, join(BUILD_ROOM, 'before'));
  renameSync(fresh, dist);
  rmSync(BUILD_ROOM, { recursive: true, force: true });
}

function sourcesHash() {
  const files = SOURCES.flatMap((folder) => filesBelow(folder)).filter((it) => !NOT_BUILT.test(it));
  const named = files.toSorted(byText).flatMap((file) => [file, readFileSync(join(ROOT, file))]);
  return hashOf(
    readFileSync(join(ROOT, '.swcrc')),
    readFileSync(join(ROOT, 'package-lock.json')),
    ...named,
  );
}

function filesBelow(folder) {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath ?? entry.path, entry.name)));
}

/**
 * Held by a socket that the kernel lets go when its last holder dies, and that our npm and compiler hold too: one that
 * outlives a killed start is waited for. Linux only; elsewhere two first starts at once are the user's to avoid.
 */
async function takeTurn() {
  if (process.platform !== 'linux') return undefined;
  const name = `\0tillstream-prepare-${hashOf(ROOT).slice(0, 32)}`;
  for (let told = false; ; told = true) {
    const server = createServer((socket) => socket.destroy());
    try {
      await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(name, resolve);
      });
      return server;
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error;
      if (!told) say('another start is installing or building here; waiting for it');
      await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
    }
  }
}

function stdioWith(lock) {
  return ['ignore', 'inherit', 'inherit', lock?._handle?.fd ?? 'ignore'];
}

function hashOf(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}

function byText(a, b) {
  return a < b ? -1 : 1;
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function fail(reason) {
  console.error(`tillstream: ${reason}`);
  process.exit(1);
}
