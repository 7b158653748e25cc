import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InMemoryEventStore } from '../event-store/in-memory/in-memory-event-store.js';
import { SystemClock } from '../platform/clock.js';
import { ApiKeys } from './api-keys.js';
import { Authenticator } from './authenticator.js';
import { registerLocalKeys } from './local-keys.js';

describe('registerLocalKeys', () => {
  let folder: string;
  let path: string;
  const clock = new SystemClock();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'local-keys-'));
    path = join(folder, 'data', 'keys.json');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('writes a file for its owner alone, whose keys pass', async () => {
    const keys = new ApiKeys(new InMemoryEventStore(), clock);
    const texts = await registerLocalKeys(path, keys);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(texts);
    const authenticator = new Authenticator(keys, clock);
    const merchants = [texts.merchant, texts.merchant_2].map(async (one) =>
      authenticator.authenticate(one),
    );
    expect(new Set((await Promise.all(merchants)).map((one) => one?.merchantId)).size).toBe(2);
    expect(await authenticator.authenticate(texts.admin)).toMatchObject({
      role: 'admin',
      isLocal: true,
    });
  });

  it('changes nothing at the next start, and gives an emptied store the same keys', async () => {
    const store = new InMemoryEventStore();
    const first = await registerLocalKeys(path, new ApiKeys(store, clock));
    const head = await store.head();
    expect(await registerLocalKeys(path, new ApiKeys(store, clock))).toEqual(first);
    expect(await store.head()).toBe(head);
    const emptied = new ApiKeys(new InMemoryEventStore(), clock);
    await registerLocalKeys(path, emptied);
    expect(await new Authenticator(emptied, clock).authenticate(first.operator)).not.toBeNull();
  });

  it('agrees with another process that starts at the same moment', async () => {
    const store = new InMemoryEventStore();
    const [one, other] = await Promise.all([
      registerLocalKeys(path, new ApiKeys(store, clock)),
      registerLocalKeys(path, new ApiKeys(store, clock)),
    ]);
    expect(one).toEqual(other);
    expect(await store.countAfter('0'.repeat(32), 100)).toBe(6);
  });

  it('refuses a file that holds something else, without showing it', async () => {
    const wrong = join(folder, 'keys.json');
    await writeFile(wrong, '{"merchant":"hunter2"}');
    const registered = registerLocalKeys(wrong, new ApiKeys(new InMemoryEventStore(), clock));
    await expect(registered).rejects.toThrow(
      /^BOOTSTRAP_KEYS_FILE names keys.json, which does not/,
    );
  });
});
