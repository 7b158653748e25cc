import type { FastifyInstance } from 'fastify';
import { faultsSchema } from './faults.js';
import { gatewayNameShape, sentenceOf } from './request-shapes.js';
import type { ServerParts } from './server-parts.js';
import { answer, deliver, problem } from './wire.js';

const FAULTY_GATEWAYS_MAX = 1_000;

interface OfGateway {
  Params: { gateway: string };
}

/** `PUT`, `GET`, `DELETE /{gateway}/faults`. A PUT sets all of them; what it doesn't name is as in a sound gateway. */
export function registerFaultsRoutes(app: FastifyInstance, parts: ServerParts): void {
  const { simulator } = parts;

  app.put<OfGateway>('/:gateway/faults', async (request, reply) => {
    const { gateway } = request.params;
    const name = gatewayNameShape.safeParse(gateway);
    const faults = faultsSchema.safeParse(request.body);
    const fault = name.success ? faults.error : name.error;
    if (!faults.success || fault !== undefined) {
      const whole = name.success ? 'the body' : 'the name of the gateway';
      const sentence = sentenceOf(fault, whole);
      return deliver({ request, reply }, problem(400, 'invalid_request', sentence));
    }
    if (!simulator.setFaults(gateway, faults.data, FAULTY_GATEWAYS_MAX)) {
      const sentence = `at most ${FAULTY_GATEWAYS_MAX} gateways can have faults at once.`;
      return deliver({ request, reply }, problem(400, 'invalid_request', sentence));
    }
    return deliver({ request, reply }, answer(200, faults.data));
  });

  app.get<OfGateway>('/:gateway/faults', async (request, reply) =>
    deliver({ request, reply }, answer(200, simulator.faults(request.params.gateway))),
  );

  app.delete<OfGateway>('/:gateway/faults', async (request, reply) => {
    simulator.clearFaults(request.params.gateway);
    return deliver({ request, reply }, answer(200, simulator.faults(request.params.gateway)));
  });
}
