import type { FastifyInstance } from 'fastify';
import { readinessOf, type ReadinessCheck } from '../../../libs/platform/health.js';
import type { Metrics } from '../../../libs/platform/metrics.js';
import { sendJson } from './send-json.js';

/** Health and metrics without a key: for an address that nobody but this machine reaches. */
export function serveHealth(
  fastify: FastifyInstance,
  {
    readiness,
    metrics,
  }: { readonly readiness: readonly ReadinessCheck[]; readonly metrics: Metrics },
): void {
  fastify.get('/health/live', (_request, reply) => sendJson(reply, { status: 'live' }));
  fastify.get('/health/ready', async (_request, reply) => {
    const report = await readinessOf(readiness);
    sendJson(reply, report, report.status === 'ready' ? 200 : 503);
    return reply;
  });
  fastify.get('/metrics', async (_request, reply) => {
    const text = await metrics.registry.metrics();
    return reply.header('content-type', metrics.registry.contentType).send(text);
  });
}
