import type { Clock } from '../platform/clock.js';
import type { ApiKey } from './api-key.events.js';
import { parseApiKey, secretMatches } from './api-key-text.js';
import type { ApiKeys } from './api-keys.js';
import type { Principal } from './role.js';

/** How long a key may still pass in this process after it was revoked elsewhere. */
export const KEY_CACHE_MS = 2_000;
const KEYS_CACHED_MAX = 10_000;

interface CachedKey {
  readonly key: ApiKey;
  readonly principal: Principal;
  readonly readAtMs: number;
}

/** Knows who sends a request. Keys that exist are remembered for KEY_CACHE_MS, unknown ones never. */
export class Authenticator {
  private readonly cached = new Map<string, CachedKey>();
  private readonly reading = new Map<string, Promise<CachedKey | null>>();

  constructor(
    private readonly keys: ApiKeys,
    private readonly clock: Clock,
  ) {}

  /**
   * The principal behind the text of a key; null when it is no key, unknown, wrong, expired or revoked. Answers without
   * a promise for a key that is remembered: this runs for every request.
   */
  authenticate(text: string): Principal | null | Promise<Principal | null> {
    const given = parseApiKey(text);
    if (given === null) return null;
    const known = this.cached.get(given.keyId);
    if (known !== undefined && this.clock.monotonicMs() - known.readAtMs < KEY_CACHE_MS) {
      return this.judge(known, given.secret);
    }
    return this.read(given.keyId).then((found) => this.judge(found, given.secret));
  }

  /** So that a change made in this process counts at once, also where a read from before it is still under way. */
  forget(keyId: string): void {
    this.cached.delete(keyId);
    this.reading.delete(keyId);
  }

  private judge(found: CachedKey | null, secret: string): Principal | null {
    const matches = secretMatches(secret, found?.key.hash ?? null);
    if (!matches || found === null || found.key.revoked) return null;
    const { expiresAt } = found.key;
    return expiresAt !== null && expiresAt <= this.clock.now() ? null : found.principal;
  }

  /** One read at a time for a key, however many requests wait for it. */
  private read(keyId: string): Promise<CachedKey | null> {
    const running = this.reading.get(keyId);
    if (running !== undefined) return running;
    const isLatest = () => this.reading.get(keyId) === reading;
    const reading = this.load(keyId)
      .then((found) => {
        if (isLatest()) this.remember(keyId, found);
        return found;
      })
      .finally(() => isLatest() && this.reading.delete(keyId));
    this.reading.set(keyId, reading);
    return reading;
  }

  private async load(keyId: string): Promise<CachedKey | null> {
    const readAtMs = this.clock.monotonicMs();
    const key = await this.keys.find(keyId);
    return key && { key, principal: principalOf(key), readAtMs };
  }

  private remember(keyId: string, found: CachedKey | null): void {
    this.cached.delete(keyId);
    if (found === null) return;
    this.cached.set(keyId, found);
    if (this.cached.size > KEYS_CACHED_MAX) {
      const [oldest] = this.cached.keys();
      if (oldest !== undefined) this.cached.delete(oldest);
    }
  }
}

function principalOf(key: ApiKey): Principal {
  const { role, keyId, principalId, merchantId } = key;
  return { role, keyId, principalId, merchantId, isLocal: key.origin === 'local' };
}
