import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LIFECYCLE } from '../../../libs/payments/payment.lifecycle.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { lifecycleSchema } from '../schemas/payment.schema.js';
import { noQuery } from '../schemas/queries.schema.js';

export const getPaymentLifecycle = {
  operation: 'getPaymentLifecycle',
  method: 'GET',
  path: '/v1/payment-lifecycle',
  tag: 'Payments',
  summary: 'The table of statuses and commands that payments live by',
  query: noQuery,
  body: null,
  answers: { 200: { description: 'The table.', body: lifecycleSchema } },
  refusals: {},
} as const satisfies RouteSpec;

@Controller()
export class GetPaymentLifecycleRoute {
  @Get(getPaymentLifecycle.path)
  @RouteConfig({ spec: getPaymentLifecycle })
  handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    queryOf(request, getPaymentLifecycle);
    sendJson(reply, LIFECYCLE);
  }
}
