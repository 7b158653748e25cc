import type { FastifyRequest } from 'fastify';
import { actorOf } from '../../../libs/access/role.js';
import { canonicalJson } from '../../../libs/event-store/canonical-json.js';
import { WrongRevision } from '../../../libs/event-store/event-store.js';
import { StaleVersion, type ChangeBy } from '../../../libs/gateways/registry/watched-stream.js';
import { Problem } from '../../../libs/platform/problem.js';
import { principalOf } from '../http/call-context.js';
import { expectedRevisionOf } from '../http/conditional.js';
import type { RouteSpec } from '../http/route-spec.js';
import { idempotencyKeyOf, scopedKeyHash } from './idempotency-key.js';
import type { KeyedHash } from './installation-secrets.js';

/** What changes of gateways and routing have in common: who, why, and the Idempotency-Key. */
export class SettingsCommands {
  constructor(private readonly keyedHash: KeyedHash) {}

  /** @throws Problem IDEMPOTENCY_KEY_MALFORMED, IF_MATCH_MALFORMED */
  by(
    request: FastifyRequest,
    spec: RouteSpec,
    body: { readonly reason?: string | undefined },
  ): ChangeBy {
    const principal = principalOf(request);
    const key = spec.idempotencyKey === undefined ? null : idempotencyKeyOf(request, spec);
    const path = request.routeOptions.url ?? '';
    const canonical = key === null ? '' : canonicalJson(body);
    return {
      actor: actorOf(principal),
      reason: body.reason ?? null,
      correlationId: request.call.correlationId,
      onVersion: expectedRevisionOf(request),
      ...(key !== null && {
        call: {
          keyHash: scopedKeyHash(principal, { method: request.method, path }, key),
          ...this.keyedHash.ofRequest(canonical),
        },
      }),
    };
  }
}

/**
 * @throws Problem CONCURRENT_UPDATE where others kept changing it, REVISION_MISMATCH where If-Match named another
 * version; what else the change throws
 */
export async function orConflict<Result>(changing: Promise<Result>): Promise<Result> {
  try {
    return await changing;
  } catch (error) {
    if (error instanceof StaleVersion) {
      throw new Problem({
        status: 412,
        code: 'REVISION_MISMATCH',
        detail: 'If-Match names another revision than the current one.',
      });
    }
    if (!(error instanceof WrongRevision)) throw error;
    throw new Problem({
      status: 409,
      code: 'CONCURRENT_UPDATE',
      detail: 'It is being changed by others. Try again.',
      retryAfterS: 1,
    });
  }
}
