import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LiveGateways } from '../../../libs/gateways/live-gateways.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { gatewayView } from '../queries/gateway-view.js';
import { gatewaysSchema } from '../schemas/gateways.schema.js';
import { noQuery } from '../schemas/queries.schema.js';

export const listGateways = {
  operation: 'listGateways',
  method: 'GET',
  path: '/v1/gateways',
  tag: 'Gateways',
  summary: 'All gateways: what is configured, how they do, and whether they take payments',
  query: noQuery,
  body: null,
  answers: { 200: { description: 'The gateways, as seen by this process.', body: gatewaysSchema } },
  refusals: {},
} as const satisfies RouteSpec;

@Controller()
export class ListGatewaysRoute {
  constructor(private readonly gateways: LiveGateways) {}

  @Get(listGateways.path)
  @RouteConfig({ spec: listGateways })
  handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    queryOf(request, listGateways);
    sendJson(reply, { data: this.gateways.describeAll().map(gatewayView) });
  }
}
