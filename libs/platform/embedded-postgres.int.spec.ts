import { jest } from '@jest/globals';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';
import { freePort } from './free-port.js';
import { connectionCheck, openPool } from './postgres.js';

const asRoot = process.getuid?.() === 0;
const itAsRoot = asRoot ? it : it.skip;

jest.setTimeout(60_000);

describe('embedded PostgreSQL', () => {
  const folders: string[] = [];
  const started: EmbeddedPostgres[] = [];
  const told: string[] = [];

  afterEach(async () => {
    for (const server of started.splice(0)) await server.stop();
    told.length = 0;
  });
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  it('keeps what was committed over a kill -9 of the server, and has what was left made new', async () => {
    const dataDir = newFolder(0o755);
    mkdirSync(join(dataDir, 'postgres-init-1', 'data'), { recursive: true });
    const first = await start(dataDir);
    await query(first, 'create table kept (id int primary key)');
    await query(first, 'insert into kept values (7)');
    process.kill(first.pid, 'SIGKILL');

    const second = await start(dataDir);

    expect(await query(second, 'select id from kept')).toEqual([{ id: 7 }]);
    expect(existsSync(join(dataDir, 'postgres-init-1'))).toBe(false);
  });

  it('wants a password, and a URL without one is told so', async () => {
    const url = new URL((await start(newFolder(0o755))).databaseUrl.reveal());
    for (const [password, reason] of [
      ['', 'it wants a password'],
      ['wrong', '28P01'],
    ] as const) {
      url.password = password;
      const pool = openPool({ databaseUrl: url.href, applicationName: 'spec' });
      await expect(connectionCheck(pool)).rejects.toThrow(`lets us in (${reason}).`);
      await pool.end();
    }
  });

  it('makes its data while the initdb of a killed start still writes its own', async () => {
    const dataDir = newFolder(0o755);
    const left = join(dataDir, 'postgres-init-1', 'data');
    mkdirSync(left, { recursive: true });
    // Ends by itself, as initdb does: once it misses its folder, and at the latest when all is written.
    const write = 'i=0; while [ $i -lt 10000 ] && : > "file-$i"; do i=$((i+1)); done';
    const writer = spawn('sh', ['-c', write], { cwd: left, stdio: 'ignore' });
    try {
      while (!existsSync(join(left, 'file-500'))) await pause(1);

      const server = await start(dataDir);

      expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
      expect(existsSync(join(dataDir, 'postgres-init-1'))).toBe(false);
    } finally {
      writer.kill('SIGKILL');
    }
  });

  it("says in initdb's own words why the data could not be made", async () => {
    // Longer than Postgres takes a path.
    const dataDir = join(newFolder(0o755), ...Array<string>(6).fill('d'.repeat(200)));

    const failed = await start(dataDir).catch((error: unknown) => error);

    expect(String(failed)).toMatch(/^Error: PostgreSQL could not be created[^]*initdb: error: /);
    expect(Object.keys(failed as Error)).toEqual([]); // a log shows them all
  });

  it('refuses at once data whose password is lost', async () => {
    const dataDir = newFolder(0o755);
    await (await start(dataDir)).stop();
    rmSync(join(dataDir, 'postgres-password'));

    await expect(start(dataDir)).rejects.toThrow(/postgres-password is not the one/);

    writeFileSync(join(dataDir, 'postgres-password'), '');
    await expect(start(dataDir)).rejects.toThrow(/an empty postgres-password/);
  });

  it('says that it waits for a recovery, and gives up when it is asked to', async () => {
    const dataDir = newFolder(0o755);
    await (await start(dataDir)).stop();
    // A standby that waits for its primary answers as one that recovers, without end.
    appendFileSync(join(dataDir, 'postgres/postgresql.auto.conf'), 'hot_standby = off\n');
    writeFileSync(join(dataDir, 'postgres/standby.signal'), '');
    const ending = new AbortController();
    const tell = (text: string) => text.startsWith('waiting') && ending.abort();

    const starting = startEmbeddedPostgres({ dataDir, tell, signal: ending.signal });

    await expect(starting).rejects.toThrow('aborted');
    expect(existsSync(join(dataDir, 'postgres/postmaster.pid'))).toBe(false);
  });

  it('stops a server that an earlier start left running on the same data', async () => {
    const dataDir = newFolder(0o755);
    const leftover = await start(dataDir);
    await query(leftover, 'create table kept (id int primary key)');

    const next = await start(dataDir);

    await leftover.ended;
    expect(told.join()).toContain(`process ${leftover.pid}`);
    expect(await query(next, 'select id from kept')).toEqual([]);
  });

  it('is not misled by a process number that belongs to a stranger now, and leaves the stranger alone', async () => {
    const dataDir = newFolder(0o755);
    const first = await start(dataDir);
    const pidFile = join(dataDir, 'postgres', 'postmaster.pid');
    const lines = readFileSync(pidFile, 'utf8').split('\n');
    await first.stop();
    // This very process plays the stranger: would it be signalled, the spec would end.
    writeFileSync(pidFile, [String(process.pid), ...lines.slice(1)].join('\n'));

    const second = await start(dataDir);

    expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('goes to another port where a program that says nothing has the wanted one', async () => {
    const silent = createServer(() => undefined);
    const port = await freePort();
    silent.listen(port, '127.0.0.1');
    await once(silent, 'listening');
    try {
      const server = await start(newFolder(0o755), port);

      expect(server.port).not.toBe(port);
      expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
    } finally {
      silent.close();
    }
  });

  it('listens on loopback only, wants its password, and syncs', async () => {
    const dataDir = newFolder(0o755);
    const server = await start(dataDir);
    const [settings] = await query(
      server,
      `select current_setting('listen_addresses') as listens, current_setting('fsync') as fsync`,
    );
    expect(settings).toEqual({ listens: '127.0.0.1', fsync: 'on' });
    const url = new URL(server.databaseUrl.reveal());
    url.password = 'wrong';
    const client = new pg.Client({ connectionString: url.href });
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(dataDir, 'postgres-password')).mode & 0o777).toBe(0o600);
  });

  it('starts beside the zombie of a killed server, which nobody has taken note of', async () => {
    const dataDir = newFolder(0o755);
    const first = await start(dataDir);
    const pidFile = join(dataDir, 'postgres', 'postmaster.pid');
    const lines = readFileSync(pidFile, 'utf8').split('\n');
    await first.stop();
    // The shell starts a child and becomes a program that never asks how the child ended.
    const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      cwd: '/',
      ...ownerOf(join(dataDir, 'postgres')), // Postgres takes another user's process for no rival
    });
    try {
      const [zombie] = await once(parent.stdout, 'data');
      writeFileSync(pidFile, [String(zombie).trim(), ...lines.slice(1)].join('\n'));

      const second = await start(dataDir);

      expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }]);
    } finally {
      parent.kill();
    }
  });

  it('has a write-ahead log of small files, since every commit waits while the next one is made', async () => {
    const server = await start(newFolder(0o755));

    expect(await query(server, 'show wal_segment_size')).toEqual([{ wal_segment_size: '4MB' }]);
  });

  itAsRoot(
    'as root, keeps its data where another user can enter, says so, and finds them again',
    async () => {
      const dataDir = newFolder(0o700);
      const first = await start(dataDir);
      await query(first, 'create table kept (id int primary key)');
      const room = readFileSync(join(dataDir, 'postgres-room'), 'utf8').trim();
      folders.push(room);
      expect(told.join()).toContain(room);
      await first.stop();
      const second = await start(dataDir);
      expect(await query(second, 'select id from kept')).toEqual([]);
    },
  );

  itAsRoot('as root, keeps that folder open for the other user whatever the umask is', async () => {
    const before = process.umask(0o077);
    try {
      const dataDir = newFolder(0o700);
      const server = await start(dataDir);
      folders.push(readFileSync(join(dataDir, 'postgres-room'), 'utf8').trim());
      expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
    } finally {
      process.umask(before);
    }
  });

  function ownerOf(folder: string): { uid?: number; gid?: number } {
    const { uid, gid } = statSync(folder);
    return asRoot ? { uid, gid } : {};
  }

  function newFolder(mode: number): string {
    const folder = mkdtempSync(join(tmpdir(), 'tillstream-postgres-'));
    chmodSync(folder, mode);
    folders.push(folder);
    return folder;
  }

  async function start(dataDir: string, port?: number): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres({
      dataDir,
      tell: (text) => told.push(text),
      ...(port === undefined ? {} : { port }),
    });
    started.push(server);
    return server;
  }

  async function query(server: EmbeddedPostgres, sql: string): Promise<object[]> {
    const client = new pg.Client({ connectionString: server.databaseUrl.reveal() });
    await client.connect();
    try {
      return (await client.query<object>(sql)).rows;
    } finally {
      await client.end();
    }
  }
});
