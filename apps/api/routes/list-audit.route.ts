import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '../http/call-context.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { FreshReadModels } from '../queries/freshness.js';
import { auditEntrySchema, listOf } from '../schemas/payment.schema.js';
import { LIMIT_DEFAULT, listAuditQuery } from '../schemas/queries.schema.js';
import { READ_MODEL_REFUSALS } from './read-model-refusals.js';

export const listAudit = {
  operation: 'listAudit',
  method: 'GET',
  path: '/v1/audit',
  tag: 'Log',
  summary: 'Who did what, when and why, newest first',
  query: listAuditQuery,
  body: null,
  answers: { 200: { description: 'A page of entries.', body: listOf(auditEntrySchema) } },
  refusals: READ_MODEL_REFUSALS,
} as const satisfies RouteSpec;

@Controller()
export class ListAuditRoute {
  constructor(private readonly fresh: FreshReadModels) {}

  @Get(listAudit.path)
  @RouteConfig({ spec: listAudit })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const query = queryOf(request, listAudit);
    const models = await this.fresh.at('audit-trail', query.min_position);
    const filter = {
      tenant: principalOf(request).merchantId,
      paymentId: query.payment_id,
      actor: query.actor,
      type: query.type,
      from: query.from,
      to: query.to,
    };
    const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor ?? null };
    const { data, nextCursor } = await models.listAudit(filter, page);
    sendJson(reply, { data, next_cursor: nextCursor });
  }
}
