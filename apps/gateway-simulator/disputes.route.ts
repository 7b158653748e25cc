import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { disputeAnswer } from './answers.js';
import type { Dispute } from './books.js';
import type { Refusal } from './books.events.js';
import { amountShape, gatewayNameShape, paymentIdShape, sentenceOf } from './request-shapes.js';
import type { ServerParts } from './server-parts.js';
import { answer, deliver, problem, type WireAnswer } from './wire.js';

const dispute = z.strictObject({ payment_id: paymentIdShape, amount: amountShape });
const DISPUTE_CODES = { 404: 'not_found', 409: 'dispute_decided', 422: 'amount_too_large' };

/** The cardholder's side: `POST /{gateway}/disputes`, and `.../{id}/win` or `/lose` as the merchant fares. */
export function registerDisputeRoutes(app: FastifyInstance, parts: ServerParts): void {
  const { simulator } = parts;

  app.post<{ Params: { gateway: string } }>('/:gateway/disputes', async (request, reply) => {
    const { gateway } = request.params;
    const name = gatewayNameShape.safeParse(gateway);
    const body = dispute.safeParse(request.body);
    const fault = name.success ? body.error : name.error;
    if (!body.success || fault !== undefined) {
      const whole = name.success ? 'the body' : 'the name of the gateway';
      const sentence = sentenceOf(fault, whole);
      return deliver({ request, reply }, problem(400, 'invalid_request', sentence));
    }
    const { payment_id: paymentId, amount } = body.data;
    const opened = await simulator.openDispute({ gateway, paymentId, amount });
    return deliver({ request, reply }, told(201, opened));
  });

  for (const [verb, outcome] of [
    ['win', 'won'],
    ['lose', 'lost'],
  ] as const) {
    app.post<{ Params: { gateway: string; id: string } }>(
      `/:gateway/disputes/:id/${verb}`,
      async (request, reply) => {
        const { gateway, id } = request.params;
        const ended = await simulator.endDispute({ gateway, id, outcome });
        return deliver({ request, reply }, told(200, ended));
      },
    );
  }
}

function told(status: number, result: Dispute | Refusal): WireAnswer {
  if (!('type' in result)) return answer(status, disputeAnswer(result));
  return problem(result.httpStatus, DISPUTE_CODES[result.httpStatus], `${result.message}.`);
}
