import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PaymentCommands } from '../commands/payment-commands.js';
import { cancelPaymentSchema } from '../schemas/payment-bodies.schema.js';
import { commandSpec } from './command-spec.js';

export const cancelPayment = commandSpec({
  operation: 'cancelPayment',
  path: '/v1/payments/:id/cancel',
  summary: 'Cancel a payment and release what it holds',
  body: cancelPaymentSchema,
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
    422: ['IDEMPOTENCY_KEY_REUSED', 'VOID_DECLINED'],
    503: ['GATEWAY_UNAVAILABLE', 'CALL_DEADLINE_EXCEEDED', 'TOO_MANY_COMMANDS'],
  },
});

@Controller()
export class CancelPaymentRoute {
  constructor(private readonly commands: PaymentCommands) {}

  @Post(cancelPayment.path)
  @RouteConfig({ spec: cancelPayment })
  handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.commands.run({ request, reply }, cancelPayment, (body) => ({
      command: 'cancel',
      reason: body.reason ?? null,
    }));
  }
}
