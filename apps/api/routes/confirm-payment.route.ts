import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PaymentCommands } from '../commands/payment-commands.js';
import { confirmPaymentSchema } from '../schemas/payment-bodies.schema.js';
import { commandSpec } from './command-spec.js';

export const confirmPayment = commandSpec({
  operation: 'confirmPayment',
  path: '/v1/payments/:id/confirm',
  summary: "Ask the gateway what became of a customer's action, and go on",
  body: confirmPaymentSchema,
  bodyOptional: true,
  idempotencyKey: 'optional',
  decided: 200,
  refusals: {
    409: [
      'ILLEGAL_TRANSITION',
      'PAYMENT_STOPPED',
      'OPERATION_IN_PROGRESS',
      'CONCURRENT_UPDATE',
      'IDEMPOTENCY_KEY_IN_FLIGHT',
    ],
    412: ['REVISION_MISMATCH'],
    503: ['GATEWAY_UNAVAILABLE', 'CALL_DEADLINE_EXCEEDED', 'TOO_MANY_COMMANDS'],
  },
});

@Controller()
export class ConfirmPaymentRoute {
  constructor(private readonly commands: PaymentCommands) {}

  @Post(confirmPayment.path)
  @RouteConfig({ spec: confirmPayment })
  handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.commands.run({ request, reply }, confirmPayment, () => ({ command: 'confirm' }));
  }
}
