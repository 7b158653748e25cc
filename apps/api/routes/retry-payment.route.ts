import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PaymentCommands } from '../commands/payment-commands.js';
import { storedPaymentMethod } from '../commands/stored-payment-method.js';
import { retryPaymentSchema } from '../schemas/payment-bodies.schema.js';
import { commandSpec } from './command-spec.js';

export const retryPayment = commandSpec({
  operation: 'retryPayment',
  path: '/v1/payments/:id/retry',
  summary: 'Try a failed payment again, with another payment method if given',
  body: retryPaymentSchema,
  bodyOptional: true,
  idempotencyKey: 'required',
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
    422: ['IDEMPOTENCY_KEY_REUSED', 'RETRY_NOT_ALLOWED', 'HOOK_VETOED'],
    503: ['GATEWAY_UNAVAILABLE', 'CALL_DEADLINE_EXCEEDED', 'TOO_MANY_COMMANDS'],
  },
});

@Controller()
export class RetryPaymentRoute {
  constructor(private readonly commands: PaymentCommands) {}

  @Post(retryPayment.path)
  @RouteConfig({ spec: retryPayment })
  handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.commands.run({ request, reply }, retryPayment, (body) => ({
      command: 'retry',
      paymentMethod: body.payment_method ? storedPaymentMethod(body.payment_method) : null,
    }));
  }
}
