import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LOG_START } from '../../../libs/event-store/event-store.js';
import { principalOf } from '../http/call-context.js';
import { LogPositions } from '../http/positions.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { eventPage } from '../queries/event-view.js';
import { PaymentReader, paymentIdIn } from '../queries/payment-reader.js';
import { eventSchema, listOf } from '../schemas/payment.schema.js';
import { eventsQuery, LIMIT_DEFAULT } from '../schemas/queries.schema.js';

export const listPaymentEvents = {
  operation: 'listPaymentEvents',
  method: 'GET',
  path: '/v1/payments/:id/events',
  tag: 'Payments',
  summary: 'The events of a payment, oldest first, as stored',
  query: eventsQuery,
  body: null,
  answers: { 200: { description: 'A page of events.', body: listOf(eventSchema) } },
  refusals: {
    400: ['POSITION_INVALID', 'POSITION_OF_ANOTHER_LOG'],
    404: ['PAYMENT_NOT_FOUND'],
  },
} as const satisfies RouteSpec;

@Controller()
export class ListPaymentEventsRoute {
  constructor(
    private readonly reader: PaymentReader,
    private readonly positions: LogPositions,
  ) {}

  @Get(listPaymentEvents.path)
  @RouteConfig({ spec: listPaymentEvents })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { after, cursor, limit = LIMIT_DEFAULT } = queryOf(request, listPaymentEvents);
    const given = after ?? cursor;
    const start = given === undefined ? LOG_START : this.positions.parse(given, 'after');
    const tenant = principalOf(request).merchantId;
    const { events } = await this.reader.read(paymentIdIn(request), tenant);
    const behind = events.filter((event) => event.position > start);
    const shown = behind.slice(0, limit);
    const next = behind.length > limit ? (shown.at(-1)?.position ?? null) : null;
    sendJson(reply, eventPage(shown, next, this.positions));
  }
}
