import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { PaymentRequest } from '../../../libs/orchestration/payment-calls.js';
import { PaymentCommands } from '../commands/payment-commands.js';
import { minorUnits } from '../schemas/common.schema.js';
import { resolvePaymentSchema } from '../schemas/payment-bodies.schema.js';
import { commandSpec } from './command-spec.js';

export const resolvePayment = commandSpec({
  operation: 'resolvePayment',
  path: '/v1/payments/:id/resolve',
  summary: 'Lift a stop, or close by hand what no gateway answers any more',
  body: resolvePaymentSchema,

  idempotencyKey: 'optional',
  decided: 200,
  refusals: {
    409: ['NOTHING_TO_RESOLVE', 'CONCURRENT_UPDATE', 'IDEMPOTENCY_KEY_IN_FLIGHT'],
    412: ['REVISION_MISMATCH'],
    422: ['IDEMPOTENCY_KEY_REUSED', 'RESOLUTION_NOT_POSSIBLE'],
    503: ['GATEWAY_UNAVAILABLE', 'CALL_DEADLINE_EXCEEDED', 'TOO_MANY_COMMANDS'],
  },
});

@Controller()
export class ResolvePaymentRoute {
  constructor(private readonly commands: PaymentCommands) {}

  @Post(resolvePayment.path)
  @RouteConfig({ spec: resolvePayment })
  handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.commands.run({ request, reply }, resolvePayment, (body) => ({
      command: 'resolve',
      reason: body.reason,
      operation: body.operation ? resolutionOf(body.operation) : null,
    }));
  }
}

type Resolution = NonNullable<z.output<typeof resolvePaymentSchema>['operation']>;

function resolutionOf(
  operation: Resolution,
): (PaymentRequest & { command: 'resolve' })['operation'] {
  const { intent, outcome, amount, gateway_reference: reference } = operation;
  return { intent, outcome, amount: minorUnits(amount), gatewayReference: reference ?? null };
}
