import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../../libs/platform/clock.js';
import type { Logger } from '../../../libs/platform/logging.js';
import type { Metrics } from '../../../libs/platform/metrics.js';
import type { CallContext } from './call-context.js';

/** Counts and times requests by route template: raw paths and queries stand in no metric and no log. */
export function countRequests(
  fastify: FastifyInstance,
  metrics: Metrics,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): void {
  const durations = metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer.',
    labels: ['method', 'route', 'status'],
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    const { startedAtMs = clock.monotonicMs(), correlationId } =
      (request.call as CallContext | null) ?? {};
    const ms = clock.monotonicMs() - startedAtMs;
    const method = METHODS.has(request.method) ? request.method : 'other';
    durations.observe({ method, route, status: reply.statusCode }, ms / 1000);
    if (logger.isLevelEnabled('debug')) {
      logger.debug({ correlationId, method, route, status: reply.statusCode, ms }, 'answered');
    }
    done();
  });
}

// A stranger's method would be a label of unbounded cardinality.
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
