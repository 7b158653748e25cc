import { Controller, Put, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LiveGateways } from '../../../libs/gateways/live-gateways.js';
import { GatewayRegistry } from '../../../libs/gateways/registry/gateway-registry.js';
import { orConflict, SettingsCommands } from '../commands/settings-commands.js';
import { entityTag } from '../http/conditional.js';
import { LogPositions } from '../http/positions.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { bodyOf, queryOf } from '../http/validation.js';
import { gatewayNameIn, gatewayNotFound, gatewayView } from '../queries/gateway-view.js';
import { changeGatewaySchema, gatewaySchema } from '../schemas/gateways.schema.js';
import { noQuery } from '../schemas/queries.schema.js';

export const changeGateway = {
  operation: 'changeGateway',
  method: 'PUT',
  path: '/v1/gateways/:name',
  tag: 'Gateways',
  summary: 'Change what is configured of a gateway',
  description:
    'Any part; what is left out stays. It holds here at once and in other processes within about a second. What changes nothing is answered with the position of the last change, if there was one.',
  query: noQuery,
  body: changeGatewaySchema,
  decimals: true,
  ifMatch: true,
  answers: {
    200: {
      description: 'The gateway with the change.',
      body: gatewaySchema,
      headers: ['ETag', 'Tillstream-Position'],
    },
  },
  refusals: {
    400: ['IF_MATCH_MALFORMED'],
    404: ['GATEWAY_NOT_FOUND'],
    409: ['CONCURRENT_UPDATE'],
    412: ['REVISION_MISMATCH'],
  },
} as const satisfies RouteSpec;

@Controller()
export class ChangeGatewayRoute {
  constructor(
    private readonly gateways: LiveGateways,
    private readonly registry: GatewayRegistry,
    private readonly commands: SettingsCommands,
    private readonly positions: LogPositions,
  ) {}

  @Put(changeGateway.path)
  @RouteConfig({ spec: changeGateway })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    queryOf(request, changeGateway);
    const body = bodyOf(request, changeGateway);
    const { reason: _reason, ...patch } = body;
    const name = gatewayNameIn(request);
    const by = this.commands.by(request, changeGateway, body);
    const changed = await orConflict(this.registry.change(name, patch, by));
    const gateway = this.gateways.describe(name);
    if (changed === null || gateway === null) throw gatewayNotFound();
    if (changed.position !== null) {
      reply.header('tillstream-position', this.positions.format(changed.position));
    }
    reply.header('etag', entityTag(this.registry.version(name) ?? 0));
    sendJson(reply, gatewayView(gateway));
  }
}
