import type { FastifyRequest } from 'fastify';
import type { ApiKey } from '../../../libs/access/api-key.events.js';
import type { ApiKeys, IssuedApiKey, KeyChangeBy } from '../../../libs/access/api-keys.js';
import type { Authenticator } from '../../../libs/access/authenticator.js';
import { actorOf } from '../../../libs/access/role.js';
import { canonicalJson } from '../../../libs/event-store/canonical-json.js';
import type { Clock } from '../../../libs/platform/clock.js';
import { Problem } from '../../../libs/platform/problem.js';
import { isSameRequest } from '../../../libs/platform/request-hashes.js';
import { principalOf } from '../http/call-context.js';
import { idempotencyKeyReused } from './idempotency-key.js';
import type { KeyedHash } from './installation-secrets.js';

const KEY_ID = /^key_[0-9a-f]{32}$/;
const RELOADS_MAX = 3;

/** What the routes of keys have in common. */
export class KeyCommands {
  readonly keys: ApiKeys;

  constructor(
    private readonly parts: {
      readonly keys: ApiKeys;
      readonly authenticator: Authenticator;
      readonly clock: Clock;
      readonly keyedHash: KeyedHash;
    },
  ) {
    this.keys = parts.keys;
  }

  /** Whether an expiry (ISO instant, null: never) has come. */
  isOver(expiresAt: string | null): boolean {
    return expiresAt !== null && expiresAt <= this.parts.clock.now();
  }

  /** `body`: of a request that brought an Idempotency-Key. */
  by(request: FastifyRequest, body?: object): KeyChangeBy {
    const canonical = body && canonicalJson(body);
    return {
      actor: actorOf(principalOf(request)),
      correlationId: request.call.correlationId,
      requestHash: canonical && this.parts.keyedHash.of('request', canonical),
    };
  }

  /** The answer to a repeat of the request that made this key: a key is shown once, never to a repeat. */
  repeatOf(key: ApiKey, body: object): Problem {
    const hashes = this.parts.keyedHash.ofRequest(canonicalJson(body));
    // A key from before hashes were kept has none to compare with.
    if (key.requestHash !== null && !isSameRequest(hashes, key.requestHash)) {
      return idempotencyKeyReused();
    }
    return new Problem({
      status: 409,
      code: 'KEY_ALREADY_CREATED',
      detail:
        'This Idempotency-Key has made a key already, which stood in the answer then. Where that got lost, revoke the key and make another.',
      extra: { id: key.keyId },
    });
  }

  /** The key that the path names. @throws Problem KEY_NOT_FOUND */
  async keyIn(request: FastifyRequest): Promise<ApiKey> {
    const { id = '' } = request.params as { id?: string };
    const key = KEY_ID.test(id) ? await this.keys.find(id) : null;
    if (key !== null) return key;
    throw new Problem({ status: 404, code: 'KEY_NOT_FOUND', detail: 'There is no such key.' });
  }

  /** Changes the key, read anew where another change came between. @throws Problem CONCURRENT_UPDATE */
  async change<Result>(
    request: FastifyRequest,
    attempt: (key: ApiKey) => Promise<Result | null>,
  ): Promise<Result> {
    for (let reloads = 0; reloads < RELOADS_MAX; reloads++) {
      const key = await this.keyIn(request);
      const result = await attempt(key);
      this.parts.authenticator.forget(key.keyId);
      if (result !== null) return result;
    }
    throw new Problem({
      status: 409,
      code: 'CONCURRENT_UPDATE',
      detail: 'The key is being changed by others. Try again.',
      retryAfterS: 1,
    });
  }
}

export function keyView(key: ApiKey) {
  return {
    id: key.keyId,
    role: key.role,
    merchant_id: key.merchantId,
    principal_id: key.principalId,
    name: key.name,
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    revoked: key.revoked,
    successor_id: key.successorIds.at(-1) ?? null,
  };
}

export function issuedKeyView({ key, text }: IssuedApiKey) {
  return { ...keyView(key), key: text };
}
