import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { statementCsv } from '../../../projections/customer-statements/query.js';
import { principalOf } from '../http/call-context.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendCsv, sendJson, wantsCsv } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { FreshReadModels } from '../queries/freshness.js';
import { statementSchema } from '../schemas/payment.schema.js';
import { statementQuery } from '../schemas/queries.schema.js';
import { READ_MODEL_REFUSALS } from './read-model-refusals.js';

export const reportStatement = {
  operation: 'reportStatement',
  method: 'GET',
  path: '/v1/reports/statements',
  tag: 'Reports',
  summary: 'What a customer paid and got back in one currency, with balances',
  description:
    'As CSV with Accept: text/csv. Refunds and chargebacks are negative. `proof` names the part of the log behind it; `tillstream verify statement` holds a kept file against the log.',
  query: statementQuery,
  body: null,
  answers: { 200: { description: 'The statement.', body: statementSchema, csv: true } },
  refusals: { ...READ_MODEL_REFUSALS, 422: ['REPORT_TOO_LARGE'] },
} as const satisfies RouteSpec;

@Controller()
export class ReportStatementRoute {
  constructor(private readonly fresh: FreshReadModels) {}

  @Get(reportStatement.path)
  @RouteConfig({ spec: reportStatement })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const query = queryOf(request, reportStatement);
    const models = await this.fresh.at('customer-statements', query.min_position);
    const statement = await models.reportStatement({
      tenant: principalOf(request).merchantId,
      customerId: query.customer_id,
      currency: query.currency,
      from: query.from ?? null,
      to: query.to ?? null,
    });
    if (wantsCsv(request.headers.accept)) sendCsv(reply, statementCsv(statement), 'statement.csv');
    else sendJson(reply, statement);
  }
}
