import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RecordedEvent } from '../../../libs/event-store/event-store.js';
import { viewOf } from '../../../libs/payments/payment.view.js';
import { principalOf } from '../http/call-context.js';
import { entityTag } from '../http/conditional.js';
import { LogPositions } from '../http/positions.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { PaymentReader, notThereYet, paymentIdIn } from '../queries/payment-reader.js';
import { paymentSchema } from '../schemas/payment.schema.js';
import { paymentQuery } from '../schemas/queries.schema.js';

export const getPayment = {
  operation: 'getPayment',
  method: 'GET',
  path: '/v1/payments/:id',
  tag: 'Payments',
  summary: 'A payment as it is, or as it was',
  description: 'Folded from its events, so never behind.',
  query: paymentQuery,
  body: null,
  answers: {
    200: {
      description: 'The payment.',
      body: paymentSchema,
      headers: ['ETag', 'Tillstream-Position'],
    },
  },
  refusals: { 404: ['PAYMENT_NOT_FOUND'] },
} as const satisfies RouteSpec;

@Controller()
export class GetPaymentRoute {
  constructor(
    private readonly reader: PaymentReader,
    private readonly positions: LogPositions,
  ) {}

  @Get(getPayment.path)
  @RouteConfig({ spec: getPayment })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { at, revision } = queryOf(request, getPayment);
    const until = (event: RecordedEvent) =>
      (at === undefined || event.metadata.at <= at) &&
      (revision === undefined || event.revision <= revision);
    const tenant = principalOf(request).merchantId;
    const { payment, events } = await this.reader.read(paymentIdIn(request), tenant, until);
    const last = events.at(-1);
    if (revision !== undefined && payment.revision < revision) {
      throw notThereYet(`The payment has only come to revision ${payment.revision}.`);
    }
    reply.header('etag', entityTag(payment.revision));
    if (last !== undefined) {
      reply.header('tillstream-position', this.positions.format(last.position));
    }
    sendJson(reply, viewOf(payment));
  }
}
