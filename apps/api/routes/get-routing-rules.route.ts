import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RoutingRules } from '../../../libs/gateways/routing/routing-rules.js';
import { entityTag } from '../http/conditional.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { rulesView } from '../queries/routing-view.js';
import { noQuery } from '../schemas/queries.schema.js';
import { ruleSetSchema } from '../schemas/routing.schema.js';

export const getRoutingRules = {
  operation: 'getRoutingRules',
  method: 'GET',
  path: '/v1/routing/rules',
  tag: 'Routing',
  summary: 'The rules by which gateways are chosen',
  query: noQuery,
  body: null,
  answers: {
    200: { description: 'The version that holds.', body: ruleSetSchema, headers: ['ETag'] },
  },
  refusals: {},
} as const satisfies RouteSpec;

@Controller()
export class GetRoutingRulesRoute {
  constructor(private readonly rules: RoutingRules) {}

  @Get(getRoutingRules.path)
  @RouteConfig({ spec: getRoutingRules })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    queryOf(request, getRoutingRules);
    // What another process has set meanwhile; who edits rules must not begin with old ones.
    await this.rules.refresh();
    const rules = this.rules.current();
    reply.header('etag', entityTag(rules.version));
    sendJson(reply, rulesView(rules));
  }
}
