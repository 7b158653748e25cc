import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../libs/platform/free-port.js';
import { ended, isAlive, StandaloneHouse, until } from '../../libs/testing/standalone-house.js';

const TIMEOUT_MS = 90_000;

describe('standalone', () => {
  let house: StandaloneHouse;

  beforeAll(async () => {
    house = await StandaloneHouse.open();
  });
  afterEach(() => house.endAll());
  afterAll(() => house.remove());

  it(
    'says that it is ready, with a payment to paste and the keys, and on SIGTERM leaves nothing behind',
    async () => {
      const supervisor = await house.ready();
      expect(supervisor.output()).toContain(
        `Tillstream is ready on http://127.0.0.1:${house.env['PORT']}\n`,
      );
      expect(supervisor.output()).toMatch(/curl -sS -X POST [^]*Bearer key-of-a-merchant'/);
      expect(await (await fetch(`http://127.0.0.1:${house.env['PORT']}/`)).json()).toEqual({
        from: 'api',
      });
      expect(statSync(join(house.dataDir, 'secrets.json')).mode & 0o777).toBe(0o600);
      expect(statSync(join(house.dataDir, 'runtime.json')).mode & 0o777).toBe(0o600);
      const pids = runningPids();
      expect(pids).toHaveLength(4);

      supervisor.process.kill('SIGTERM');

      await until('it has ended', () => supervisor.process.exitCode !== null);
      expect(supervisor.process.exitCode).toBe(0);
      expect(pids.filter(isAlive)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'killed by -9, leaves children that end by themselves, and data that the next start goes on with',
    async () => {
      const first = await house.ready();
      await house.query('create table if not exists kept (id int primary key)');
      await house.query('insert into kept values (1)');
      const pids = runningPids();
      first.process.kill('SIGKILL');

      const second = await house.ready();

      expect(pids.filter(isAlive)).toEqual([]);
      expect(await house.query('select id from kept')).toEqual([{ id: 1 }]);
      expect(second.output()).not.toContain('refused');
    },
    TIMEOUT_MS,
  );

  it(
    'refuses a second start on the same data, and a port that is taken, with a sentence each',
    async () => {
      await house.ready();
      const second = await ended(house.start({}));
      expect(second.process.exitCode).toBe(78);
      expect(second.output()).toMatch(/^TILLSTREAM_DATA_DIR is in use by .* \(process \d+\)/m);

      const third = await ended(house.start({ TILLSTREAM_DATA_DIR: join(house.folder, 'other') }));
      expect(third.process.exitCode).toBe(78);
      expect(third.output()).toMatch(/^PORT: another program listens on port \d+ already/m);
      expect(third.output()).toMatch(/^GATEWAY_SIMULATOR_PORT: another program/m);
    },
    TIMEOUT_MS,
  );

  it(
    'keeps running where its own notes can not be written',
    async () => {
      const supervisor = await house.ready();
      const before = house.runtime();
      const pidOf = (name: string) => before.children.find((child) => child.name === name)?.pid;
      const notes = join(house.dataDir, 'runtime.json');
      rmSync(notes);
      mkdirSync(join(notes, 'in-the-way'), { recursive: true });
      process.kill(pidOf('workers') ?? 0, 'SIGKILL');
      await until('it has told', () => supervisor.output().includes('could not be written'));

      rmSync(notes, { recursive: true });
      process.kill(pidOf('gateway-simulator') ?? 0, 'SIGKILL');

      await until('it is written again', () => existsSync(notes));
      expect(house.runtime().pid).toBe(before.pid);
    },
    TIMEOUT_MS,
  );

  it(
    'refuses an engine that does not answer, naming its variable',
    async () => {
      const port = String(await freePort());
      const wrong = `postgres://me:hidden@127.0.0.1:${port}/x`;
      const { process: child, output } = await ended(house.start({ DATABASE_URL: wrong }));
      expect(child.exitCode).toBe(78);
      expect(output()).toMatch(/^DATABASE_URL /m);
      expect(output()).not.toContain('hidden');
      const other = await ended(
        house.start({ EVENTSTORE_URL: `esdb://127.0.0.1:${port}?tls=false` }),
      );
      expect(other.output()).toMatch(/^EVENTSTORE_URL /m);
      const lock = await ended(house.start({ REDIS_URLS: `redis://127.0.0.1:${port}` }));
      expect(lock.output()).toMatch(/^REDIS_URLS /m);
      const bare = await ended(house.start({ REDIS_URLS: 'redis://:hid/den@127.0.0.1:6379' }));
      expect(bare.output()).toMatch(/^REDIS_URLS must be /);
      const far = await ended(house.start({ EVENTSTORE_URL: 'esdb://127.0.0.1:99999' }));
      expect(far.output()).toMatch(/^EVENTSTORE_URL leads to no server/);
    },
    TIMEOUT_MS,
  );

  function runningPids(): number[] {
    return [...house.runtime().children.map(({ pid }) => pid), house.postgresPid()];
  }
});
