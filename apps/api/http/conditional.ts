import type { FastifyRequest } from 'fastify';
import { Problem } from '../../../libs/platform/problem.js';

const ENTITY_TAG = /^"(0|[1-9]\d{0,9})"$/;

export function entityTag(revision: number): string {
  return `"${revision}"`;
}

/** The revision that If-Match asks for; null: any. @throws Problem IF_MATCH_MALFORMED */
export function expectedRevisionOf(request: FastifyRequest): number | null {
  const header = request.headers['if-match'];
  if (header === undefined || header === '*') return null;
  const revision = ENTITY_TAG.exec(header)?.[1];
  if (revision !== undefined) return Number(revision);
  throw new Problem({
    status: 400,
    code: 'IF_MATCH_MALFORMED',
    detail: 'If-Match holds one ETag of an answer, such as "3", or *.',
    errors: [{ header: 'If-Match', detail: 'is no ETag' }],
  });
}
