import type { FastifyInstance } from 'fastify';
import { presentAnswer } from './answers.js';
import type { ServerParts } from './server-parts.js';
import { answer, problem, throughFaults } from './wire.js';

/** `GET /{gateway}/operations/{key}`: what became of a call. Performs nothing. */
export function registerAskRoute(app: FastifyInstance, parts: ServerParts): void {
  const { simulator } = parts;
  app.get<{ Params: { gateway: string; key: string } }>(
    '/:gateway/operations/:key',
    async (request, reply) => {
      const { gateway, key } = request.params;
      const exchange = { request, reply, faults: simulator.faults(gateway), random: parts.random };
      return throughFaults(exchange, async () => {
        parts.countCall('ask', 'answered');
        const operation = simulator.find(gateway, key);
        if (operation === undefined) {
          return problem(404, 'operation_not_found', 'no call with this key has arrived');
        }
        const place = { nowMs: parts.now(), baseUrl: parts.baseUrlOf(request) };
        const told = presentAnswer(simulator.books, operation, place);
        await simulator.durable();
        return answer(200, told);
      });
    },
  );
}
