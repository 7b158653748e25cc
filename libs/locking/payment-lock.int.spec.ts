import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { z } from 'zod';
import { loadConfig } from '../platform/config.js';
import { SystemClock } from '../platform/clock.js';
import { createLogger } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import { eventually } from '../testing/eventually.js';
import { findRedis } from '../testing/redis-server.js';
import { startTcpProxy } from '../testing/tcp-proxy.js';
import { createTestDatabase } from '../testing/test-database.js';
import { GuardedLock, type LockEngine } from './guarded-lock.js';
import { lockVariables, openLock } from './lock-variables.js';
import { describePaymentLock } from './payment-lock.contract.js';
import { PostgresAdvisory } from './postgres/postgres-advisory.js';
import { RedisNodes } from './redlock/redis-nodes.js';

const variables = z.object(lockVariables);

function open(env: Record<string, string>, databaseUrl: string | null = null) {
  return openLock(loadConfig(variables, env), {
    databaseUrl,
    logger: createLogger('spec', { level: 'silent' }),
    metrics: new Metrics('spec'),
  });
}

describePaymentLock(
  'none',
  async () => ({
    open: () => open({ LOCK: 'none' }),
    engine: null,
    dispose: async () => undefined,
  }),
  { excludes: false },
);

describePaymentLock(
  'Postgres',
  async () => {
    const database = await createTestDatabase();
    const url = new URL(database.url);
    const there = { host: url.hostname, port: Number(url.port || 5432) };
    const proxy = await startTcpProxy(there);
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    return {
      open: () => open({}, url.href),
      engine: {
        kill: async () => {
          proxy.target = { host: '127.0.0.1', port: 9 };
          await proxy.cut();
        },
        revive: async () => {
          proxy.target = there;
        },
      },
      dispose: async () => {
        await proxy.close();
        await database.dispose();
      },
    };
  },
  { excludes: true },
);

const startRedis = findRedis();
if (startRedis === null) {
  describe.skip('Redis: no REDIS_URLS is set and there is no redis-server on this machine', () => {
    it('keeps the contract', () => undefined);
  });
} else {
  describePaymentLock(
    'Redis',
    async () => {
      const engine = await startRedis();
      return {
        open: () => open({ REDIS_URLS: engine.url }),
        engine,
        dispose: () => engine.dispose(),
      };
    },
    { excludes: true },
  );

  describe('Redis on three nodes', () => {
    it('excludes while one of them is away, and goes on without while two are', async () => {
      const nodes = [await startRedis(), await startRedis(), await startRedis()];
      const REDIS_URLS = nodes.map(({ url }) => url).join(',');
      const [here, there] = [await open({ REDIS_URLS }), await open({ REDIS_URLS })];
      try {
        await nodes[0]?.kill();
        const other = () => there.withLock('k', async () => 'ran');
        // The first question after a loss may have none to answer it.
        await eventually(async () => expect(await here.withLock('k', other)).toBe('busy'));
        await nodes[1]?.kill();
        expect(await here.withLock('k', other)).toBe('ran');
      } finally {
        await Promise.all([here.close(), there.close()]);
        await Promise.all(nodes.map((node) => node.dispose()));
      }
    }, 60_000);
  });
}

describe.each([
  ['Postgres', (port: number) => postgresAt(port)],
  ['Redis', (port: number) => new RedisNodes([`redis://127.0.0.1:${port}`])],
] satisfies [string, (port: number) => LockEngine][])(
  'a %s that takes connections and never answers',
  (_title, engineAt) => {
    let silent: Server;
    const sockets = new Set<Socket>();

    beforeAll(async () => {
      silent = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
    });

    afterAll(() => {
      silent.close();
      for (const socket of sockets) socket.destroy();
    });

    it('holds up one work for a moment, not each, and is told of once', async () => {
      let told = 0;
      let asked = 0;
      // A TCP server's address is never a pipe name.
      const engine = engineAt((silent.address() as AddressInfo).port);
      const counted: LockEngine = {
        connect: () => engine.connect(),
        tryLock: (key) => {
          asked += 1;
          return engine.tryLock(key);
        },
        close: () => engine.close(),
      };
      const lock = new GuardedLock(counted, {
        clock: new SystemClock(),
        onTrouble: () => {
          told += 1;
        },
      });
      expect(await lock.withLock('first', async () => 'ran')).toBe('ran');
      for (let n = 0; n < 20; n += 1) await lock.withLock(`k${n}`, async () => 'ran');
      expect([told, asked]).toEqual([1, 1]);
      await lock.close();
    });
  },
);

describe('a Postgres lock whose connection was held up', () => {
  it('goes on with one connection once the late end of the former has come', async () => {
    const database = await createTestDatabase();
    const url = new URL(database.url);
    const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port || 5432) });
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    const applicationName = 'lock held up';
    const lock = new PostgresAdvisory({ databaseUrl: url.href, applicationName });
    const asking = async () => {
      const granted = await lock.tryLock('k');
      if (granted !== 'busy') await granted.release();
    };
    const connections = async () => {
      const text = 'select 1 from pg_stat_activity where application_name = $1';
      return (await database.query(text, [applicationName])).rowCount;
    };
    try {
      await asking();
      const goOn = proxy.stall();
      await expect(asking()).rejects.toThrow();
      await asking();
      expect(await connections()).toBe(2);
      goOn();
      await eventually(async () => expect(await connections()).toBe(1));
      await asking();
      expect(await connections()).toBe(1);
    } finally {
      await lock.close();
      await proxy.close();
      await database.dispose();
    }
  });
});

describe('the configuration of the lock', () => {
  it('refuses with a sentence that names the variable', async () => {
    expect(() => loadConfig(variables, { LOCK: 'zookeeper' })).toThrow(
      'LOCK must be none, postgres or redis.',
    );
    expect(() => loadConfig(variables, { REDIS_URLS: 'redis://a:1,http://b' })).toThrow(
      /^REDIS_URLS must be at most 9 URLs that begin with redis:\/\/ or rediss:\/\//,
    );
    // Its password has a bare slash: no address can be read from it.
    expect(() => loadConfig(variables, { REDIS_URLS: 'redis://:a/b@127.0.0.1:1' })).toThrow(
      /^REDIS_URLS must be /,
    );
    await expect(open({ LOCK: 'redis' })).rejects.toThrow(/^REDIS_URLS is not set/);
  });
});

function postgresAt(port: number): LockEngine {
  return new PostgresAdvisory({
    databaseUrl: `postgres://x@127.0.0.1:${port}/x`,
    applicationName: 'spec',
  });
}
