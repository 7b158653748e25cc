import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RoutingRules } from '../../../libs/gateways/routing/routing-rules.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { rulesView } from '../queries/routing-view.js';
import { listOf } from '../schemas/payment.schema.js';
import { LIMIT_DEFAULT, listVersionsQuery } from '../schemas/queries.schema.js';
import { ruleSetVersionSchema } from '../schemas/routing.schema.js';

export const listRoutingRuleVersions = {
  operation: 'listRoutingRuleVersions',
  method: 'GET',
  path: '/v1/routing/rules/versions',
  tag: 'Routing',
  summary: 'All versions of the routing rules, newest first, with who set them and why',
  query: listVersionsQuery,
  body: null,
  answers: { 200: { description: 'A page of versions.', body: listOf(ruleSetVersionSchema) } },
  refusals: {},
} as const satisfies RouteSpec;

@Controller()
export class ListRoutingRuleVersionsRoute {
  constructor(private readonly rules: RoutingRules) {}

  @Get(listRoutingRuleVersions.path)
  @RouteConfig({ spec: listRoutingRuleVersions })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { cursor, limit = LIMIT_DEFAULT } = queryOf(request, listRoutingRuleVersions);
    const before = cursor === undefined ? Infinity : Number(cursor.slice(1));
    const versions = (await this.rules.versions()).filter(({ version }) => version < before);
    const shown = versions.slice(0, limit);
    const last = shown.at(-1);
    const data = shown.map(({ rolledBackTo, ...version }) => ({
      ...rulesView(version),
      rolled_back_to: rolledBackTo,
    }));
    const more = last !== undefined && versions.length > shown.length;
    sendJson(reply, { data, next_cursor: more ? `v${last.version}` : null });
  }
}
