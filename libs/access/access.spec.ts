import { InMemoryEventStore } from '../event-store/in-memory/in-memory-event-store.js';
import { OutcomeUnknown } from '../event-store/event-store.js';
import { verifyChain } from '../event-store/hash-chain.js';
import { Clock } from '../platform/clock.js';
import { keyStream } from './api-key.events.js';
import { formatApiKey, parseApiKey, secretMatches, hashSecret } from './api-key-text.js';
import { ApiKeys, type IssuedApiKey, type NewApiKey } from './api-keys.js';
import { Authenticator, KEY_CACHE_MS } from './authenticator.js';

class SteppedClock extends Clock {
  ms = Date.parse('2026-01-01T00:00:00.000Z');
  now(): string {
    return new Date(this.ms).toISOString();
  }
  monotonicMs(): number {
    return this.ms;
  }
}

const BY = { actor: 'admin:key_1', correlationId: 'c' };
const MERCHANT: NewApiKey = {
  role: 'merchant',
  merchantId: 'mer_1',
  name: null,
  expiresAt: null,
  origin: 'api',
};
const OPERATOR: NewApiKey = { ...MERCHANT, role: 'operator', merchantId: null };

function setup() {
  const store = new InMemoryEventStore();
  const clock = new SteppedClock();
  const keys = new ApiKeys(store, clock);
  return { store, clock, keys, authenticator: new Authenticator(keys, clock) };
}

function issued(key: IssuedApiKey | null): IssuedApiKey {
  if (key === null) throw new Error('no key was issued');
  return key;
}

describe('the text of a key', () => {
  it('is parsed as it was written', () => {
    const text = { keyId: `key_${'a1'.repeat(16)}`, secret: 'b2'.repeat(32) };
    expect(parseApiKey(formatApiKey(text))).toEqual(text);
  });

  it.each(['', 'tsk_', 'tsk_1_2', `tsk_${'a'.repeat(32)}_${'b'.repeat(65)}`, 'x'.repeat(9000)])(
    'refuses %p',
    (text) => {
      expect(parseApiKey(text)).toBeNull();
    },
  );

  it('matches no hash that is not its own, nor the stand-in for unknown keys', () => {
    expect(secretMatches('a', hashSecret('a'))).toBe(true);
    expect(secretMatches('b', hashSecret('a'))).toBe(false);
    expect(secretMatches('no key has this hash', null)).toBe(false);
  });
});

describe('ApiKeys and Authenticator', () => {
  it('knows the principal behind an issued key, and nobody behind another secret', async () => {
    const { keys, authenticator } = setup();
    const { key, text } = issued(await keys.create(MERCHANT, BY));
    expect(await authenticator.authenticate(text)).toEqual({
      role: 'merchant',
      keyId: key.keyId,
      principalId: 'mer_1',
      merchantId: 'mer_1',
      isLocal: false,
    });
    expect(await authenticator.authenticate(text.slice(0, -4) + '0000')).toBeNull();
    expect(await authenticator.authenticate(`tsk_${'0'.repeat(32)}_${'0'.repeat(64)}`)).toBeNull();
  });

  it('keeps no secret in the log', async () => {
    const { keys, store } = setup();
    const { key, text } = issued(await keys.create(MERCHANT, BY));
    const events = await store.readStream(keyStream(key.keyId));
    expect(JSON.stringify(events)).not.toContain(parseApiKey(text)?.secret);
  });

  it('creates no key of an id that exists', async () => {
    const { keys } = setup();
    const { key } = issued(await keys.create(OPERATOR, BY));
    expect(await keys.create(MERCHANT, BY, { keyId: key.keyId })).toBeNull();
    expect((await keys.find(key.keyId))?.role).toBe('operator');
  });

  it('ends a key when it expires', async () => {
    const { keys, clock, authenticator } = setup();
    const expiresAt = new Date(clock.ms + 500).toISOString();
    const { text } = issued(await keys.create({ ...MERCHANT, expiresAt }, BY));
    expect(await authenticator.authenticate(text)).not.toBeNull();
    clock.ms += 500; // still remembered: expiry counts at once all the same
    expect(await authenticator.authenticate(text)).toBeNull();
  });

  it('ends a revoked key within the time of the cache', async () => {
    const { keys, clock, authenticator } = setup();
    const { key, text } = issued(await keys.create(OPERATOR, BY));
    await authenticator.authenticate(text);
    expect(await keys.revoke(key, 'lost', BY)).toBe(true);
    clock.ms += KEY_CACHE_MS;
    expect(await authenticator.authenticate(text)).toBeNull();
  });

  it('ends a key at once that this process revoked, whatever was read before', async () => {
    const { keys, authenticator } = setup();
    const { key, text } = issued(await keys.create(OPERATOR, BY));
    const find = keys.find.bind(keys);
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    keys.find = async (keyId) => {
      const found = await find(keyId);
      await held;
      return found;
    };
    const before = authenticator.authenticate(text);
    keys.find = find;
    expect(await keys.revoke(key, 'lost', BY)).toBe(true);
    authenticator.forget(key.keyId);
    const after = authenticator.authenticate(text);
    goOn();
    expect(await before).not.toBeNull();
    expect(await after).toBeNull();
    expect(await authenticator.authenticate(text)).toBeNull();
  });

  it('remembers a key without another read, until it is forgotten', async () => {
    const { keys, authenticator } = setup();
    const { key, text } = issued(await keys.create(OPERATOR, BY));
    await authenticator.authenticate(text);
    expect(authenticator.authenticate(text)).toMatchObject({ keyId: key.keyId });
    expect(await keys.revoke(key, 'lost', BY)).toBe(true);
    authenticator.forget(key.keyId);
    expect(await authenticator.authenticate(text)).toBeNull();
  });

  it('revokes once', async () => {
    const { keys, store } = setup();
    const { key } = issued(await keys.create(OPERATOR, BY));
    await keys.revoke(key, 'lost', BY);
    const revoked = await keys.find(key.keyId);
    if (revoked === null) throw new Error('the key is gone');
    expect(await keys.revoke(revoked, 'again', BY)).toBe(true);
    expect(await store.readStream(keyStream(key.keyId))).toHaveLength(2);
  });

  it('lets no rotation put off the end of a key', async () => {
    const { keys, clock } = setup();
    const expiresAt = new Date(clock.ms + 60_000).toISOString();
    const { key } = issued(await keys.create({ ...OPERATOR, expiresAt }, BY));
    await keys.rotate(key, { overlapS: 3_600 }, BY);
    expect(await keys.find(key.keyId)).toMatchObject({ expiresAt });
    const late = issued(await keys.create({ ...OPERATOR, expiresAt }, BY)).key;
    await keys.rotate(late, { overlapS: 10 }, BY);
    const overlapEnds = new Date(clock.ms + 10_000).toISOString();
    expect(await keys.find(late.keyId)).toMatchObject({ expiresAt: overlapEnds });
  });

  it('is made once where the store did not say whether it kept it', async () => {
    const { keys, store } = setup();
    const append = store.append.bind(store);
    store.append = async (...batch) => {
      store.append = append;
      await append(...batch);
      throw new OutcomeUnknown('no answer');
    };
    const { key } = issued(await keys.create(OPERATOR, BY));
    expect(await store.readStream(keyStream(key.keyId))).toHaveLength(1);
  });

  it('rotates to a key of the same principal while the old one still passes', async () => {
    const { keys, clock, store, authenticator } = setup();
    const first = issued(await keys.create(OPERATOR, BY));
    const second = issued(await keys.rotate(first.key, { overlapS: 60 }, BY));
    const principal = await authenticator.authenticate(second.text);
    expect(principal?.principalId).toBe(first.key.keyId);
    expect(principal?.keyId).toBe(second.key.keyId);
    expect(await authenticator.authenticate(first.text)).not.toBeNull();
    clock.ms += 60_000;
    expect(await authenticator.authenticate(first.text)).toBeNull();
    expect(await authenticator.authenticate(second.text)).not.toBeNull();
    const events = await store.readStream(keyStream(first.key.keyId));
    expect(verifyChain(events)).toBeNull();
    expect(events.at(-1)?.data).toMatchObject({
      before: { expiresAt: null },
      after: { expiresAt: new Date(clock.ms).toISOString() },
    });
  });

  it('gives a second successor the end that the key was made with, not that of the overlap', async () => {
    const { keys, clock, authenticator } = setup();
    const { key } = issued(await keys.create(OPERATOR, BY));
    // Say that the first answer got lost on its way: the key is shown once, so the caller rotates again.
    issued(await keys.rotate(key, { overlapS: 60 }, BY));
    const rotated = await keys.find(key.keyId);
    const second = issued(await keys.rotate(rotated ?? key, { overlapS: 60 }, BY));
    expect(second.key.expiresAt).toBeNull();
    clock.ms += 60_000;
    expect(await authenticator.authenticate(second.text)).not.toBeNull();
  });

  it('leaves one successor alone when a key is rotated twice at once', async () => {
    const { keys, store } = setup();
    const { key } = issued(await keys.create(OPERATOR, BY));
    const rotated = await Promise.all([
      keys.rotate(key, { overlapS: 60 }, BY),
      keys.rotate(key, { overlapS: 60 }, BY),
    ]);
    expect(rotated.filter((one) => one !== null)).toHaveLength(1);
    const page = await store.readAll('0'.repeat(32), 100);
    expect(page.events.filter(({ type }) => type === 'ApiKeyRevoked')).toHaveLength(1);
  });
});
