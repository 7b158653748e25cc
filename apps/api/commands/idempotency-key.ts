import { hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../../libs/access/role.js';
import { canonicalJson } from '../../../libs/event-store/canonical-json.js';
import { derivedUuid } from '../../../libs/platform/ids.js';
import { Problem } from '../../../libs/platform/problem.js';
import type { RouteSpec } from '../http/route-spec.js';

const IDEMPOTENCY_KEY_CHARS_MAX = 255;
const VISIBLE = /^[\x21-\x7e]{1,255}$/;

/**
 * Null where none was given and the route needs none.
 * @throws Problem IDEMPOTENCY_KEY_REQUIRED, IDEMPOTENCY_KEY_MALFORMED
 */
export function idempotencyKeyOf(request: FastifyRequest, spec: RouteSpec): string | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) {
    if (spec.idempotencyKey !== 'required') return null;
    throw refused('IDEMPOTENCY_KEY_REQUIRED', 'is missing');
  }
  if (typeof key === 'string' && VISIBLE.test(key)) return key;
  throw refused(
    'IDEMPOTENCY_KEY_MALFORMED',
    `has 1 to ${IDEMPOTENCY_KEY_CHARS_MAX} visible ASCII characters`,
  );
}

/** Hash of the key in its scope: principal, method, path with its ids. */
export function scopedKeyHash(
  principal: Principal,
  { method, path }: { readonly method: string; readonly path: string },
  key: string,
): string {
  return hash('sha256', canonicalJson([principal.principalId, method, path, key]), 'hex');
}

/** The id of the payment that a merchant's key makes: a repeat meets its own stream. */
export function paymentIdFor(merchantId: string, key: string): string {
  return `pay_${derivedUuid('payment', merchantId, key).replaceAll('-', '')}`;
}

/** The id of the API key that a principal's Idempotency-Key makes. `scope` holds the ids of the path. */
export function keyIdFor(principal: Principal, scope: string, key: string): string {
  return `key_${derivedUuid('api-key', principal.principalId, scope, key).replaceAll('-', '')}`;
}

/** The answer to a key that came with another body before. */
export function idempotencyKeyReused(): Problem {
  return new Problem({
    status: 422,
    code: 'IDEMPOTENCY_KEY_REUSED',
    detail: 'This Idempotency-Key came with another body before.',
  });
}

function refused(code: string, detail: string): Problem {
  return new Problem({
    status: 400,
    code,
    detail: 'Send an Idempotency-Key of your own with this request, the same when you repeat it.',
    errors: [{ header: 'Idempotency-Key', detail }],
  });
}
