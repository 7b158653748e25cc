import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '../http/call-context.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJsonText } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { FreshReadModels } from '../queries/freshness.js';
import { listOf, paymentSchema } from '../schemas/payment.schema.js';
import { LIMIT_DEFAULT, listPaymentsQuery } from '../schemas/queries.schema.js';
import { READ_MODEL_REFUSALS } from './read-model-refusals.js';

export const listPayments = {
  operation: 'listPayments',
  method: 'GET',
  path: '/v1/payments',
  tag: 'Payments',
  summary: 'Payments, newest first',
  description:
    'A page of payments with much metadata may end before its limit; next_cursor alone says whether more follow.',
  query: listPaymentsQuery,
  body: null,
  answers: { 200: { description: 'A page of payments.', body: listOf(paymentSchema) } },
  refusals: READ_MODEL_REFUSALS,
} as const satisfies RouteSpec;

@Controller()
export class ListPaymentsRoute {
  constructor(private readonly fresh: FreshReadModels) {}

  @Get(listPayments.path)
  @RouteConfig({ spec: listPayments })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const query = queryOf(request, listPayments);
    const models = await this.fresh.at('payment-history', query.min_position);
    const filter = {
      tenant: principalOf(request).merchantId,
      status: query.status,
      customerId: query.customer_id,
      orderId: query.order_id,
      createdFrom: query.created_from,
      createdTo: query.created_to,
      openOperation: query.open_operation,
      olderThanS: query.older_than_s,
    };
    const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor ?? null };
    const { items, nextCursor } = await models.listPayments(filter, page);
    const cursor = JSON.stringify(nextCursor);
    sendJsonText(reply, `{"data":[${items}],"next_cursor":${cursor}}`);
  }
}
