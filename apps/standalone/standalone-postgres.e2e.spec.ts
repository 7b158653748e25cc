import { once } from 'node:events';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  DEADLINE_MS,
  ended,
  isAlive,
  type StartedSupervisor,
  StandaloneHouse,
  until,
} from '../../libs/testing/standalone-house.js';

const TIMEOUT_MS = 90_000;

describe('standalone', () => {
  let house: StandaloneHouse;

  beforeAll(async () => {
    house = await StandaloneHouse.open();
  });
  afterEach(() => house.endAll());
  afterAll(() => house.remove());

  it(
    'starts again what dies, Postgres too',
    async () => {
      await house.ready();
      const before = house.runtime();
      const workers = before.children.find(({ name }) => name === 'workers');
      process.kill(workers?.pid ?? 0, 'SIGKILL');
      process.kill(house.postgresPid(), 'SIGKILL');
      await until('other workers are there', () => {
        const now = house.runtime().children.find(({ name }) => name === 'workers');
        return now !== undefined && now.pid !== workers?.pid && now.management_url !== null;
      });
      await until(
        'Postgres answers on the same address',
        async () => (await house.query('select 1 as one').catch(() => [])).length > 0,
      );
      expect(house.runtime().database_url).toBe(before.database_url);
    },
    TIMEOUT_MS,
  );

  it(
    'starts again what dies after Postgres came back on another port',
    async () => {
      const supervisor = await house.ready();
      const before = house.runtime();
      await movePostgres(supervisor);
      const workers = () => house.runtime().children.find(({ name }) => name === 'workers');
      await until('all have the new address', () => {
        return house.runtime().database_url !== before.database_url && !!workers()?.management_url;
      });
      const refusal = join(house.dataDir, 'refuse-workers');
      writeFileSync(refusal, ''); // as where the database is away while they start
      const first = workers()?.pid ?? 0;
      process.kill(first, 'SIGKILL');
      await until('they were started again', () => workers()?.pid !== first);
      await until('they have refused', () => !isAlive(workers()?.pid ?? 0));
      rmSync(refusal);
      await until('they are well again', () => isAlive(workers()?.pid ?? 0));
    },
    TIMEOUT_MS,
  );

  it(
    'starts its children once where Postgres moves again while they are stopped for the first move',
    async () => {
      const supervisor = await house.ready();
      const slow = join(house.dataDir, 'slow-gateway-simulator');
      writeFileSync(slow, '');
      await movePostgres(supervisor);
      await until('children are stopped', () => readFileSync(slow, 'utf8') === 'stopping');
      await movePostgres(supervisor);
      rmSync(slow);

      await until('all have the last address', () => {
        const { children, database_url } = house.runtime();
        return (
          new URL(database_url).port === postgresPort() &&
          children.every((child) => child.management_url !== null)
        );
      });
      expect(processesOf(join(house.folder, 'apps'))).toHaveLength(3);
    },
    TIMEOUT_MS,
  );

  it(
    'goes on trying while Postgres can not come up again',
    async () => {
      const supervisor = await house.ready();
      const needed = join(house.dataDir, 'postgres/global/pg_control');
      renameSync(needed, `${needed}.away`);
      process.kill(house.postgresPid(), 'SIGKILL');
      await until('it has told', () => supervisor.output().includes('PostgreSQL did not start'));

      renameSync(`${needed}.away`, needed);

      await until(
        'Postgres answers',
        async () => (await house.query('select 1 as one').catch(() => [])).length > 0,
      );
      expect(house.runtime().pid).toBe(supervisor.process.pid);
    },
    TIMEOUT_MS,
  );

  it(
    'asked to stop while Postgres is coming up again, leaves none behind',
    async () => {
      const supervisor = await house.ready();
      const before = house.postgresPid();
      const children = house.runtime().children.map(({ pid }) => pid);
      process.kill(before, 'SIGKILL');
      const next = otherPostgresThan(before);
      process.kill(next, 'SIGSTOP');

      supervisor.process.kill('SIGTERM');
      await until('the children have ended', () => !children.some(isAlive));
      await pause(200);
      process.kill(next, 'SIGCONT');

      await ended(supervisor);
      expect(supervisor.process.exitCode).toBe(0);
      expect(isAlive(next)).toBe(false);
    },
    TIMEOUT_MS,
  );

  /** Without a pause: it is ready a moment after it began. */
  function otherPostgresThan(before: number): number {
    const deadline = performance.now() + DEADLINE_MS;
    while (performance.now() < deadline) {
      const now = house.postgresPid();
      if (!Number.isNaN(now) && now !== before) return now;
    }
    throw new Error('waited in vain for another Postgres');
  }

  /** Another program has its port before the supervisor may see that it ended. */
  async function movePostgres(supervisor: StartedSupervisor): Promise<void> {
    const [before, port] = [house.postgresPid(), postgresPort()];
    const other = createServer((socket) => socket.destroy());
    supervisor.process.kill('SIGSTOP');
    try {
      process.kill(before, 'SIGKILL');
      await until('its port is free', () => !isAlive(before));
      await once(other.listen(Number(port), '127.0.0.1'), 'listening');
      supervisor.process.kill('SIGCONT');
      await until('it is elsewhere', () => ![undefined, port].includes(postgresPort()));
    } finally {
      supervisor.process.kill('SIGCONT'); // whatever failed
      other.close();
    }
  }

  function postgresPort(): string | undefined {
    return house.postmasterFile().split('\n')[3];
  }
});

function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false; // ended meanwhile
    }
  });
}
