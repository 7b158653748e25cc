import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LiveGateways } from '../../../libs/gateways/live-gateways.js';
import { storedPaymentMethod } from '../commands/stored-payment-method.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { bodyOf, queryOf } from '../http/validation.js';
import { minorUnits } from '../schemas/common.schema.js';
import { noQuery } from '../schemas/queries.schema.js';
import { simulatedRoutingSchema, simulateRoutingSchema } from '../schemas/routing.schema.js';

export const simulateRouting = {
  operation: 'simulateRouting',
  method: 'POST',
  path: '/v1/routing/simulate',
  tag: 'Routing',
  summary: 'Which gateway would be chosen for a payment, and why',
  description:
    'Takes the body of a payment and makes none. Shares of a split and ties are drawn by the id of a payment, so a real one may be drawn to another gateway.',
  query: noQuery,
  body: simulateRoutingSchema,
  answers: { 200: { description: 'The choice.', body: simulatedRoutingSchema } },
  refusals: {},
} as const satisfies RouteSpec;

@Controller()
export class SimulateRoutingRoute {
  constructor(private readonly gateways: LiveGateways) {}

  @Post(simulateRouting.path)
  @RouteConfig({ spec: simulateRouting })
  handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    queryOf(request, simulateRouting);
    const body = bodyOf(request, simulateRouting);
    const { gateway, candidates, weights, rulesVersion, rule } = this.gateways.simulate({
      merchantId: body.merchant_id ?? '',
      amount: minorUnits(body.amount),
      currency: body.currency,
      paymentMethod: storedPaymentMethod(body.payment_method),
      customerId: body.customer_id ?? null,
      orderId: body.order_id ?? null,
      metadata: body.metadata ?? null,
    });
    sendJson(reply, { gateway, candidates, weights, rules_version: rulesVersion, rule });
  }
}
