import { SystemClock } from '../../platform/clock.js';
import { AwayStore } from '../../testing/away-store.js';
import { eventually } from '../../testing/eventually.js';
import { initialProfile } from './gateway-profile.js';
import { GatewayRegistry } from './gateway-registry.js';
import { SettingsPoll } from './settings-poll.js';

const PROFILES = ['alpha', 'bravo'].map((name) => initialProfile({ name, adapter: 'simulator' }));
const BY = { actor: 'operator:key_1', reason: 'cheaper contract', correlationId: 'cor-1' };
const SILENT = { warn: () => undefined, info: () => undefined };

function registryOn(store: AwayStore): GatewayRegistry {
  return new GatewayRegistry({ store, clock: new SystemClock() }, PROFILES);
}

describe('the registry of gateways', () => {
  it('begins with what the environment says, without an event', async () => {
    const store = new AwayStore();
    const registry = registryOn(store);
    await registry.refresh();
    expect(registry.all()).toEqual(PROFILES);
    expect(await store.countAfter(await store.head(), 10)).toBe(0);
    expect(registry.get('zulu')).toBeNull();
  });

  it('appends a change with who, why, before and after, and knows it at once (I-44)', async () => {
    const store = new AwayStore();
    const registry = registryOn(store);
    const changed = await registry.change('alpha', { weight: 2 }, BY);
    expect(changed?.profile.weight).toBe(2);
    expect(registry.get('alpha')?.weight).toBe(2);
    const [event, ...more] = await store.readStream('gateway-alpha');
    expect(more).toEqual([]);
    expect(changed?.position).toBe(event?.position);
    expect(event).toMatchObject({
      type: 'GatewayChanged',
      version: 1,
      data: { gateway: 'alpha', reason: BY.reason, before: { weight: 1 }, after: { weight: 2 } },
      metadata: { actor: BY.actor, correlationId: BY.correlationId },
    });
  });

  it('appends nothing for what changes nothing', async () => {
    const store = new AwayStore();
    const registry = registryOn(store);
    expect((await registry.change('alpha', { weight: 1 }, BY))?.position).toBeNull();
    expect(await store.readStream('gateway-alpha')).toEqual([]);
  });

  it('knows no gateway that is not configured', async () => {
    expect(await registryOn(new AwayStore()).change('zulu', { weight: 2 }, BY)).toBeNull();
  });

  it('keeps every change of two processes at once, each behind the other', async () => {
    const store = new AwayStore();
    const [one, two] = [registryOn(store), registryOn(store)];
    await Promise.all([
      one.change('alpha', { weight: 2 }, BY),
      two.change('alpha', { enabled: false }, BY),
    ]);
    await Promise.all([one.refresh(), two.refresh()]);
    expect(one.get('alpha')).toMatchObject({ weight: 2, enabled: false });
    expect(two.get('alpha')).toEqual(one.get('alpha'));
  });

  it('reads only what was appended since', async () => {
    const store = new AwayStore();
    const registry = registryOn(store);
    await registry.change('alpha', { weight: 2 }, BY);
    store.froms.length = 0;
    await registry.refresh();
    expect(store.froms).toEqual([1, 0]);
  });

  it('keeps what it knows while the store is away', async () => {
    const store = new AwayStore();
    const registry = registryOn(store);
    await registry.change('alpha', { weight: 2 }, BY);
    store.away = true;
    await expect(registry.refresh()).rejects.toThrow('away');
    await expect(registry.change('alpha', { weight: 3 }, BY)).rejects.toThrow('away');
    expect(registry.get('alpha')?.weight).toBe(2);
  });
});

describe('the poll of settings', () => {
  it('brings the changes of another process, also after the store was away', async () => {
    const store = new AwayStore();
    const [here, there] = [registryOn(store), registryOn(store)];
    const poll = new SettingsPoll([here], SILENT, 5);
    store.away = true;
    await poll.start();
    try {
      const { reads } = store;
      await eventually(() => expect(store.reads).toBeGreaterThan(reads + 4));
      store.away = false;
      await there.change('bravo', { enabled: false }, BY);
      await eventually(() => expect(here.get('bravo')?.enabled).toBe(false));
    } finally {
      await poll.close();
    }
    const { reads } = store;
    const other = new AwayStore();
    const running = new SettingsPoll([registryOn(other)], SILENT, 5);
    await running.start();
    await eventually(() => expect(other.reads).toBeGreaterThan(8));
    await running.close();
    expect(store.reads).toBe(reads);
  });

  it('ends with the read that runs when it is closed', async () => {
    let reads = 0;
    let release = () => undefined as void;
    const slow = {
      refresh: async () => {
        reads += 1;
        if (reads === 2) await new Promise<void>((resolve) => (release = resolve));
      },
    };
    const poll = new SettingsPoll([slow], SILENT, 1);
    await poll.start();
    await eventually(() => expect(reads).toBe(2));
    const closed = poll.close();
    release();
    await closed;
    const other = new AwayStore();
    const running = new SettingsPoll([registryOn(other)], SILENT, 1);
    await running.start();
    await eventually(() => expect(other.reads).toBeGreaterThan(8));
    await running.close();
    expect(reads).toBe(2);
  });

  it('reads before it says that it started', async () => {
    const store = new AwayStore();
    await registryOn(store).change('alpha', { weight: 2 }, BY);
    const registry = registryOn(store);
    const poll = new SettingsPoll([registry], SILENT, 60_000);
    await poll.start();
    await poll.close();
    expect(registry.get('alpha')?.weight).toBe(2);
  });
});
