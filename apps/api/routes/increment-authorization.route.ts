import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PaymentCommands } from '../commands/payment-commands.js';
import { minorUnits } from '../schemas/common.schema.js';
import { incrementAuthorizationSchema } from '../schemas/payment-bodies.schema.js';
import { commandSpec } from './command-spec.js';

export const incrementAuthorization = commandSpec({
  operation: 'incrementAuthorization',
  path: '/v1/payments/:id/increment_authorization',
  summary: 'Raise what is authorized to a new total',
  body: incrementAuthorizationSchema,

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
    422: [
      'IDEMPOTENCY_KEY_REUSED',
      'INCREMENT_NOT_ABOVE_AUTHORIZED',
      'INCREMENT_LIMIT_REACHED',
      'INCREMENT_DECLINED',
      'UNSUPPORTED_BY_GATEWAY',
    ],
    503: ['GATEWAY_UNAVAILABLE', 'CALL_DEADLINE_EXCEEDED', 'TOO_MANY_COMMANDS'],
  },
});

@Controller()
export class IncrementAuthorizationRoute {
  constructor(private readonly commands: PaymentCommands) {}

  @Post(incrementAuthorization.path)
  @RouteConfig({ spec: incrementAuthorization })
  handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.commands.run({ request, reply }, incrementAuthorization, (body) => ({
      command: 'increment_authorization',
      amount: minorUnits(body.amount),
    }));
  }
}
