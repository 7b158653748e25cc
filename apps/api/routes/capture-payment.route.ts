import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PaymentCommands } from '../commands/payment-commands.js';
import { minorUnits } from '../schemas/common.schema.js';
import { capturePaymentSchema } from '../schemas/payment-bodies.schema.js';
import { commandSpec } from './command-spec.js';

export const capturePayment = commandSpec({
  operation: 'capturePayment',
  path: '/v1/payments/:id/capture',
  summary: 'Capture an authorized payment, whole or in part',
  body: capturePaymentSchema,
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
    422: [
      'IDEMPOTENCY_KEY_REUSED',
      'CAPTURE_EXCEEDS_AUTHORIZED',
      'CAPTURE_LIMIT_REACHED',
      'CAPTURE_DECLINED',
      'UNSUPPORTED_BY_GATEWAY',
      'HOOK_VETOED',
    ],
    503: ['GATEWAY_UNAVAILABLE', 'CALL_DEADLINE_EXCEEDED', 'TOO_MANY_COMMANDS'],
  },
});

@Controller()
export class CapturePaymentRoute {
  constructor(private readonly commands: PaymentCommands) {}

  @Post(capturePayment.path)
  @RouteConfig({ spec: capturePayment })
  handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.commands.run({ request, reply }, capturePayment, (body) => ({
      command: 'capture',
      amount: minorUnits(body.amount),
      final: body.final ?? false,
    }));
  }
}
