import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PaymentCommands } from '../commands/payment-commands.js';
import { reviewSchema } from '../schemas/payment-bodies.schema.js';
import { commandSpec } from './command-spec.js';

export const approvePayment = commandSpec({
  operation: 'approvePayment',
  path: '/v1/payments/:id/approve',
  summary: 'Let a payment under review go on',
  body: reviewSchema,
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
    422: ['IDEMPOTENCY_KEY_REUSED'],
    503: ['GATEWAY_UNAVAILABLE', 'CALL_DEADLINE_EXCEEDED', 'TOO_MANY_COMMANDS'],
  },
});

@Controller()
export class ApprovePaymentRoute {
  constructor(private readonly commands: PaymentCommands) {}

  @Post(approvePayment.path)
  @RouteConfig({ spec: approvePayment })
  handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.commands.run({ request, reply }, approvePayment, (body) => ({
      command: 'approve',
      reason: body.reason ?? null,
    }));
  }
}
