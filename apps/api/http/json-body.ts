import type { FastifyInstance } from 'fastify';
import { Problem } from '../../../libs/platform/problem.js';
import { parseStrictJson } from '../../../libs/platform/strict-json.js';
import { PROBLEMS } from './problems.js';

/** Bytes of a request's body; more is refused before a byte is parsed. */
export const BODY_BYTES_MAX = 64 * 1024;

/** Takes application/json alone; everything else is 415. Routes without a body ignore what is sent to them. */
export function takeJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: BODY_BYTES_MAX },
    (request, bytes, done) => {
      const { spec } = request.routeOptions.config;
      if (spec?.body === null) {
        done(null, undefined);
        return;
      }
      if (spec?.signedBody === true) {
        done(null, bytes);
        return;
      }
      try {
        // An empty body is none; whether the route may do without is checked later.
        const numbers = spec?.decimals === true ? 'decimals' : 'integers';
        done(null, bytes.length === 0 ? undefined : parseStrictJson(bytes as Buffer, numbers));
      } catch (error) {
        done(error as Error);
      }
    },
  );
  const others = { parseAs: 'buffer', bodyLimit: BODY_BYTES_MAX } as const;
  fastify.addContentTypeParser('*', others, (request, _bytes, done) => {
    const takesNone = request.routeOptions.config.spec?.body === null;
    done(takesNone ? null : new Problem(PROBLEMS.NOT_JSON), undefined);
  });
}
