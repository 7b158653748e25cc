import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { historyCsv } from '../../../projections/payment-history/query.js';
import { principalOf } from '../http/call-context.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendCsv, sendJson, wantsCsv } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { FreshReadModels } from '../queries/freshness.js';
import { historyRowSchema, listOf } from '../schemas/payment.schema.js';
import { historyQuery, REPORT_ROWS_MAX } from '../schemas/queries.schema.js';
import { READ_MODEL_REFUSALS } from './read-model-refusals.js';

export const reportHistory = {
  operation: 'reportHistory',
  method: 'GET',
  path: '/v1/reports/history',
  tag: 'Reports',
  summary: 'One row a payment with its amounts, newest first',
  description:
    'As CSV with Accept: text/csv; where rows are left, a Link header with rel="next" leads to them.',
  query: historyQuery,
  body: null,
  answers: { 200: { description: 'The rows.', body: listOf(historyRowSchema), csv: true } },
  refusals: READ_MODEL_REFUSALS,
} as const satisfies RouteSpec;

@Controller()
export class ReportHistoryRoute {
  constructor(private readonly fresh: FreshReadModels) {}

  @Get(reportHistory.path)
  @RouteConfig({ spec: reportHistory })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const query = queryOf(request, reportHistory);
    const models = await this.fresh.at('payment-history', query.min_position);
    const { customer_id: customerId, from, to } = query;
    const filter = { tenant: principalOf(request).merchantId, customerId, from, to };
    const page = { limit: query.limit ?? REPORT_ROWS_MAX, cursor: query.cursor ?? null };
    const { data, nextCursor } = await models.reportHistory(filter, page);
    if (!wantsCsv(request.headers.accept)) {
      sendJson(reply, { data, next_cursor: nextCursor });
      return;
    }
    if (nextCursor !== null) {
      reply.header('link', `<${reportHistory.path}?${nextPage(request, nextCursor)}>; rel="next"`);
    }
    sendCsv(reply, historyCsv(data), 'history.csv');
  }
}

function nextPage(request: FastifyRequest, cursor: string): string {
  // The schema let texts pass only.
  const given = request.query as Record<string, string>;
  return new URLSearchParams({ ...given, cursor }).toString();
}
