import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LiveGateways } from '../../../libs/gateways/live-gateways.js';
import { GatewayRegistry } from '../../../libs/gateways/registry/gateway-registry.js';
import { entityTag } from '../http/conditional.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { gatewayNameIn, gatewayNotFound, gatewayView } from '../queries/gateway-view.js';
import { gatewaySchema } from '../schemas/gateways.schema.js';
import { noQuery } from '../schemas/queries.schema.js';

export const getGateway = {
  operation: 'getGateway',
  method: 'GET',
  path: '/v1/gateways/:name',
  tag: 'Gateways',
  summary: 'One gateway',
  query: noQuery,
  body: null,
  answers: {
    200: {
      description: 'The gateway, as seen by this process.',
      body: gatewaySchema,
      headers: ['ETag'],
    },
  },
  refusals: { 404: ['GATEWAY_NOT_FOUND'] },
} as const satisfies RouteSpec;

@Controller()
export class GetGatewayRoute {
  constructor(
    private readonly gateways: LiveGateways,
    private readonly registry: GatewayRegistry,
  ) {}

  @Get(getGateway.path)
  @RouteConfig({ spec: getGateway })
  handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    queryOf(request, getGateway);
    const name = gatewayNameIn(request);
    const gateway = this.gateways.describe(name);
    if (gateway === null) throw gatewayNotFound();
    reply.header('etag', entityTag(this.registry.version(name) ?? 0));
    sendJson(reply, gatewayView(gateway));
  }
}
