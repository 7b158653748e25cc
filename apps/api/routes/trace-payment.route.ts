import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '../http/call-context.js';
import { LogPositions } from '../http/positions.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { PaymentReader, paymentIdIn } from '../queries/payment-reader.js';
import { traceOf } from '../queries/payment-trace.js';
import { noQuery } from '../schemas/queries.schema.js';
import { traceSchema } from '../schemas/trace.schema.js';

export const tracePayment = {
  operation: 'tracePayment',
  method: 'GET',
  path: '/v1/payments/:id/trace',
  tag: 'Payments',
  summary: 'What caused what: the events of a payment as a tree, each behind its cause',
  query: noQuery,
  body: null,
  answers: { 200: { description: 'The whole tree.', body: traceSchema } },
  refusals: { 404: ['PAYMENT_NOT_FOUND'] },
} as const satisfies RouteSpec;

@Controller()
export class TracePaymentRoute {
  constructor(
    private readonly reader: PaymentReader,
    private readonly positions: LogPositions,
  ) {}

  @Get(tracePayment.path)
  @RouteConfig({ spec: tracePayment })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    queryOf(request, tracePayment);
    const id = paymentIdIn(request);
    const { events } = await this.reader.read(id, principalOf(request).merchantId);
    sendJson(reply, { payment_id: id, data: traceOf(events, this.positions) });
  }
}
