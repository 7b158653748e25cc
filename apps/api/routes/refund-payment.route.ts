import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PaymentCommands } from '../commands/payment-commands.js';
import { minorUnits } from '../schemas/common.schema.js';
import { refundPaymentSchema } from '../schemas/payment-bodies.schema.js';
import { commandSpec } from './command-spec.js';

export const refundPayment = commandSpec({
  operation: 'refundPayment',
  path: '/v1/payments/:id/refunds',
  summary: 'Give captured money back, whole or in part',
  body: refundPaymentSchema,
  bodyOptional: true,
  idempotencyKey: 'required',
  decided: 201,
  refusals: {
    409: [
      'ILLEGAL_TRANSITION',
      'PAYMENT_STOPPED',
      'OPERATION_IN_PROGRESS',
      'CONCURRENT_UPDATE',
      'IDEMPOTENCY_KEY_IN_FLIGHT',
    ],
    412: ['REVISION_MISMATCH'],
    422: [
      'IDEMPOTENCY_KEY_REUSED',
      'REFUND_EXCEEDS_CAPTURED',
      'REFUND_LIMIT_REACHED',
      'REFUND_WINDOW_CLOSED',
      'UNSUPPORTED_BY_GATEWAY',
      'HOOK_VETOED',
    ],
    503: ['GATEWAY_UNAVAILABLE', 'CALL_DEADLINE_EXCEEDED', 'TOO_MANY_COMMANDS'],
  },
});

@Controller()
export class RefundPaymentRoute {
  constructor(private readonly commands: PaymentCommands) {}

  @Post(refundPayment.path)
  @RouteConfig({ spec: refundPayment })
  handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.commands.run({ request, reply }, refundPayment, (body) => ({
      command: 'refund',
      amount: minorUnits(body.amount),
      reason: body.reason ?? null,
    }));
  }
}
