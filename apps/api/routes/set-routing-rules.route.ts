import { Controller, Put, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RoutingRules } from '../../../libs/gateways/routing/routing-rules.js';
import { orConflict, SettingsCommands } from '../commands/settings-commands.js';
import { entityTag } from '../http/conditional.js';
import { LogPositions } from '../http/positions.js';
import type { RouteSpec } from '../http/route-spec.js';
import { bodyOf, invalid, queryOf } from '../http/validation.js';
import { sendJson } from '../http/send-json.js';
import { rulesView } from '../queries/routing-view.js';
import { noQuery } from '../schemas/queries.schema.js';
import { ruleSetSchema, setRoutingRulesSchema } from '../schemas/routing.schema.js';

export const setRoutingRules = {
  operation: 'setRoutingRules',
  method: 'PUT',
  path: '/v1/routing/rules',
  tag: 'Routing',
  summary: 'Set the rules by which gateways are chosen',
  description:
    'All rules at once, as a new version; of rules in order the first whose conditions hold is applied. Weights that are left out stay.',
  query: noQuery,
  body: setRoutingRulesSchema,
  decimals: true,
  ifMatch: true,
  answers: {
    200: {
      description: 'The new version.',
      body: ruleSetSchema,
      headers: ['ETag', 'Tillstream-Position'],
    },
  },
  refusals: {
    400: ['IF_MATCH_MALFORMED'],
    409: ['CONCURRENT_UPDATE'],
    412: ['REVISION_MISMATCH'],
  },
} as const satisfies RouteSpec;

@Controller()
export class SetRoutingRulesRoute {
  constructor(
    private readonly rules: RoutingRules,
    private readonly commands: SettingsCommands,
    private readonly positions: LogPositions,
  ) {}

  @Put(setRoutingRules.path)
  @RouteConfig({ spec: setRoutingRules })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    queryOf(request, setRoutingRules);
    const body = bodyOf(request, setRoutingRules);
    const by = this.commands.by(request, setRoutingRules, body);
    const { rules, weights } = body;
    const result = await orConflict(this.rules.change({ rules, weights }, by));
    if (result.outcome === 'invalid') throw invalid('The rules do not fit.', result.faults);
    if (result.outcome === 'no_such_version') throw new Error('setting rules names no version');
    reply.header('tillstream-position', this.positions.format(result.position));
    reply.header('etag', entityTag(result.rules.version));
    sendJson(reply, rulesView(result.rules));
  }
}
