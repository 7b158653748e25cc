import type { NewEvent, RecordedEvent, StreamHead } from '../event-store/event-store.js';
import { headOf } from '../event-store/hash-chain.js';
import type { Role } from './role.js';

export const KEY_STREAM_PREFIX = 'key-';

export function keyStream(keyId: string): string {
  return KEY_STREAM_PREFIX + keyId;
}

/** What may be shown of a key. Instants are ISO strings; `expiresAt` null: never. */
export interface ApiKeyFacts {
  readonly role: Role;
  readonly merchantId: string | null;
  readonly name: string | null;
  readonly expiresAt: string | null;
  readonly revoked: boolean;
}

/** Every event shows the change, for the audit. */
interface Change {
  readonly reason: string | null;
  readonly before: ApiKeyFacts | null;
  readonly after: ApiKeyFacts;
}

interface Event<Type extends string, Data> {
  readonly type: Type;
  readonly data: Data & Change;
}

export type ApiKeyEvent =
  | Event<
      'ApiKeyCreated',
      {
        readonly keyId: string;
        readonly principalId: string;
        /** Hex SHA-256 of 256 random bits. */
        readonly hash: string;
        readonly origin: 'local' | 'api' | 'cli';
      }
    >
  | Event<'ApiKeyRotated', { readonly keyId: string; readonly successorId: string }>
  | Event<'ApiKeyRevoked', { readonly keyId: string }>;

export interface ApiKey extends ApiKeyFacts {
  readonly keyId: string;
  readonly principalId: string;
  readonly hash: string;
  readonly origin: 'local' | 'api' | 'cli';
  readonly createdAt: string;
  /** Of the request that made it, where that brought an Idempotency-Key: its body as a keyed hash. */
  readonly requestHash: string | null;
  /** The end that it was made with, null: none. A rotation brings `expiresAt` forward, never this. */
  readonly lifetimeEndsAt: string | null;
  /** One for each rotation. A successor that is none of them was shown to nobody. */
  readonly successorIds: readonly string[];
  readonly head: StreamHead;
}

const EVENT_VERSION = 1;

/** null for a stream without events. */
export function foldApiKey(events: readonly RecordedEvent[]): ApiKey | null {
  return events.reduce<ApiKey | null>(evolve, null);
}

function evolve(key: ApiKey | null, recorded: RecordedEvent): ApiKey | null {
  // Key streams hold nothing else.
  const event = recorded as unknown as ApiKeyEvent;
  const head = headOf(recorded);
  switch (event.type) {
    case 'ApiKeyCreated': {
      const { keyId, principalId, hash, origin, after } = event.data;
      const { at: createdAt, requestHash = null } = recorded.metadata;
      const lifetimeEndsAt = after.expiresAt;
      const made = { keyId, principalId, hash, origin, createdAt, requestHash, lifetimeEndsAt };
      return { ...after, ...made, successorIds: [], head };
    }
    case 'ApiKeyRotated': {
      const { after, successorId } = event.data;
      return key && { ...key, ...after, successorIds: [...key.successorIds, successorId], head };
    }
    case 'ApiKeyRevoked':
      return key && { ...key, ...event.data.after, head };
  }
}

/** Who changes a key, when, and what caused it. */
export interface ChangeContext {
  readonly eventId: string;
  readonly at: string;
  readonly actor: string;
  readonly correlationId: string;
  readonly requestHash?: string | undefined;
}

export function keyEvent(event: ApiKeyEvent, context: ChangeContext): NewEvent {
  const { eventId, at, actor, correlationId, requestHash } = context;
  const metadata = {
    at,
    actor,
    correlationId,
    causationId: correlationId,
    // Kept where a repeat looks for it: on the key that the request made.
    ...(event.type === 'ApiKeyCreated' && requestHash !== undefined && { requestHash }),
  };
  return {
    id: eventId,
    type: event.type,
    version: EVENT_VERSION,
    // JSON by its type: texts, null and booleans only.
    data: event.data as unknown as NewEvent['data'],
    metadata,
  };
}

export function factsOf(key: ApiKeyFacts): ApiKeyFacts {
  const { role, merchantId, name, expiresAt, revoked } = key;
  return { role, merchantId, name, expiresAt, revoked };
}
