import {
  OutcomeUnknown,
  WrongRevision,
  type EventStore,
  type ExpectedHead,
} from '../event-store/event-store.js';
import type { Clock } from '../platform/clock.js';
import { crashPoint } from '../platform/crash-points.js';
import { newEventId } from '../platform/ids.js';
import {
  factsOf,
  foldApiKey,
  keyEvent,
  keyStream,
  type ApiKey,
  type ApiKeyEvent,
} from './api-key.events.js';
import { formatApiKey, hashSecret, newSecret } from './api-key-text.js';
import type { Role } from './role.js';

export interface NewApiKey {
  readonly role: Role;
  /** `mer_...`; of a merchant's key, else null. */
  readonly merchantId: string | null;
  readonly name: string | null;
  /** ISO instant; null: never. */
  readonly expiresAt: string | null;
  readonly origin: ApiKey['origin'];
}

/** Who asks for the change: as events name them, and the id that ties together what their request caused. */
export interface KeyChangeBy {
  readonly actor: string;
  readonly correlationId: string;
  /** Of a request that brought an Idempotency-Key: its body as a keyed hash. */
  readonly requestHash?: string | undefined;
}

/** A key, and the text that its holder sends; shown once. */
export interface IssuedApiKey {
  readonly key: ApiKey;
  readonly text: string;
}

const APPEND_TRIES_MAX = 3;
/** The reason given where a successor is revoked because another change of the key came first. */
const GIVEN_UP = 'the rotated key was changed meanwhile';

/** `key_` and 32 hex digits, ordered by time. */
export function newKeyId(): string {
  return `key_${newEventId().replaceAll('-', '')}`;
}

/** The keys of an installation, a stream each. Every method throws what the event store throws. */
export class ApiKeys {
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
  ) {}

  async find(keyId: string): Promise<ApiKey | null> {
    return foldApiKey(await this.store.readStream(keyStream(keyId)));
  }

  /** @returns null when a key of this id exists already */
  async create(
    wanted: NewApiKey,
    by: KeyChangeBy,
    { keyId = newKeyId(), secret = newSecret() } = {},
  ): Promise<IssuedApiKey | null> {
    const principalId = wanted.merchantId ?? keyId;
    return this.issue({ wanted, by, keyId, secret, principalId, reason: null });
  }

  /**
   * A second key of the same principal, for as long as the first was made for; the first ends after `overlapS` seconds.
   * @returns null when the key was changed meanwhile, or the successor's id is taken
   */
  async rotate(
    key: ApiKey,
    { overlapS, successorId = newKeyId() }: { overlapS: number; successorId?: string },
    by: KeyChangeBy,
  ): Promise<IssuedApiKey | null> {
    const ending = new Date(Date.parse(this.clock.now()) + overlapS * 1000).toISOString();
    const expiresAt = key.expiresAt !== null && key.expiresAt < ending ? key.expiresAt : ending;
    const before = factsOf(key);
    // The new key first: a crash between the two leaves one that nobody holds, never nobody with a key.
    const issued = await this.issue({
      wanted: { ...before, expiresAt: key.lifetimeEndsAt, origin: key.origin },
      by,
      keyId: successorId,
      secret: newSecret(),
      principalId: key.principalId,
      reason: `rotation of ${key.keyId}`,
    });
    if (issued === null) return null;
    crashPoint('successor-key-durable');
    const after = { ...before, expiresAt };
    const data = { keyId: key.keyId, successorId, reason: null, before, after };
    const rotated = await this.append(key.keyId, key.head, { type: 'ApiKeyRotated', data }, by);
    if (rotated) return issued;
    await this.revoke(issued.key, GIVEN_UP, by);
    return null;
  }

  /** Final. False when the key was changed meanwhile; revoking again changes nothing. */
  async revoke(key: ApiKey, reason: string | null, by: KeyChangeBy): Promise<boolean> {
    if (key.revoked) return true;
    const before = factsOf(key);
    const data = { keyId: key.keyId, reason, before, after: { ...before, revoked: true } };
    return this.append(key.keyId, key.head, { type: 'ApiKeyRevoked', data }, by);
  }

  private async issue(issue: {
    readonly wanted: NewApiKey;
    readonly by: KeyChangeBy;
    readonly keyId: string;
    readonly secret: string;
    readonly principalId: string;
    readonly reason: string | null;
  }): Promise<IssuedApiKey | null> {
    const { wanted, keyId, secret, principalId, reason } = issue;
    const { role, merchantId, name, expiresAt, origin } = wanted;
    const after = { role, merchantId, name, expiresAt, revoked: false };
    const hash = hashSecret(secret);
    const data = { keyId, principalId, hash, origin, reason, before: null, after };
    const created: ApiKeyEvent = { type: 'ApiKeyCreated', data };
    if (!(await this.append(keyId, 'no stream', created, issue.by))) return null;
    const key = await this.find(keyId);
    return key && { key, text: formatApiKey({ keyId, secret }) };
  }

  private async append(
    keyId: string,
    expected: ExpectedHead,
    event: ApiKeyEvent,
    by: KeyChangeBy,
  ): Promise<boolean> {
    const batch = [keyEvent(event, { ...by, eventId: newEventId(), at: this.clock.now() })];
    for (let tries = 1; ; tries++) {
      try {
        crashPoint('key-change-ready');
        await this.store.append(keyStream(keyId), expected, batch);
        crashPoint('key-change-durable');
        return true;
      } catch (error) {
        if (error instanceof WrongRevision) return false;
        if (!(error instanceof OutcomeUnknown) || tries === APPEND_TRIES_MAX) throw error;
      }
    }
  }
}
