import type { FastifyInstance } from 'fastify';
import { gatewayNameShape, sentenceOf, webhookEndpointShape } from './request-shapes.js';
import type { ServerParts } from './server-parts.js';
import { answer, deliver, problem, type WireAnswer } from './wire.js';

interface OfGateway {
  Params: { gateway: string };
}

/** `PUT`, `GET`, `DELETE /{gateway}/webhooks`: where this gateway sends what it tells by itself; outlives the process. */
export function registerWebhookRoutes(app: FastifyInstance, parts: ServerParts): void {
  const { simulator, webhooks } = parts;

  /** The secret is never told back. */
  const shown = (gateway: string): WireAnswer =>
    answer(200, { url: webhooks.endpointOf(gateway)?.url ?? null });

  app.put<OfGateway>('/:gateway/webhooks', async (request, reply) => {
    const { gateway } = request.params;
    const name = gatewayNameShape.safeParse(gateway);
    const endpoint = webhookEndpointShape.safeParse(request.body);
    const fault = name.success ? endpoint.error : name.error;
    if (!endpoint.success || fault !== undefined) {
      const whole = name.success ? 'the body' : 'the name of the gateway';
      const sentence = sentenceOf(fault, whole);
      return deliver({ request, reply }, problem(400, 'invalid_request', sentence));
    }
    await simulator.setWebhooks(gateway, endpoint.data);
    return deliver({ request, reply }, shown(gateway));
  });

  app.get<OfGateway>('/:gateway/webhooks', async (request, reply) =>
    deliver({ request, reply }, shown(request.params.gateway)),
  );

  app.delete<OfGateway>('/:gateway/webhooks', async (request, reply) => {
    const { gateway } = request.params;
    if (webhooks.endpointOf(gateway) !== null) await simulator.setWebhooks(gateway, null);
    return deliver({ request, reply }, shown(gateway));
  });
}
