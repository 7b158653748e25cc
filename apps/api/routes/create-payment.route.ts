import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { PaymentRequest } from '../../../libs/orchestration/payment-calls.js';
import { customerAddress } from '../commands/customer-address.js';
import type { KeyedHash } from '../commands/installation-secrets.js';
import { PaymentCommands } from '../commands/payment-commands.js';
import { storedPaymentMethod } from '../commands/stored-payment-method.js';
import { principalOf } from '../http/call-context.js';
import { minorUnits } from '../schemas/common.schema.js';
import { createPaymentSchema } from '../schemas/payment-bodies.schema.js';
import { commandSpec } from './command-spec.js';

export const createPayment = commandSpec({
  operation: 'createPayment',
  path: '/v1/payments',
  summary: 'Take a payment',
  description:
    'The payment exists once this answers 201, also when it was declined: status FAILED, the code in `failure`.',
  body: createPaymentSchema,
  idempotencyKey: 'required',
  decided: 201,
  refusals: {
    409: ['IDEMPOTENCY_KEY_IN_FLIGHT', 'CONCURRENT_UPDATE'],
    412: ['REVISION_MISMATCH'],
    422: ['IDEMPOTENCY_KEY_REUSED', 'HOOK_VETOED'],
    503: ['GATEWAY_UNAVAILABLE', 'CALL_DEADLINE_EXCEEDED', 'TOO_MANY_COMMANDS'],
  },
});

@Controller()
export class CreatePaymentRoute {
  constructor(private readonly commands: PaymentCommands) {}

  @Post(createPayment.path)
  @RouteConfig({ spec: createPayment })
  handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    // Only merchants may create, and each has its id.
    const merchantId = principalOf(request).merchantId ?? '';
    return this.commands.run({ request, reply }, createPayment, (body) =>
      requestOf(body, merchantId, this.commands.keyedHash),
    );
  }
}

function requestOf(
  body: z.output<typeof createPaymentSchema>,
  merchantId: string,
  keyedHash: KeyedHash,
): PaymentRequest {
  const { customer_ip: ip, customer_email: email } = body;
  return {
    command: 'create',
    merchantId,
    amount: minorUnits(body.amount),
    currency: body.currency,
    captureMethod: body.capture_method,
    captureAfterS: body.capture_after_s ?? null,
    paymentMethod: storedPaymentMethod(body.payment_method),
    customerId: body.customer_id ?? null,
    orderId: body.order_id ?? null,
    description: body.description ?? null,
    metadata: body.metadata ?? null,
    customerIpHash: ip === undefined ? null : keyedHash.of('customer_ip', customerAddress(ip)),
    customerEmailHash:
      email === undefined ? null : keyedHash.of('customer_email', email.toLowerCase()),
  };
}
