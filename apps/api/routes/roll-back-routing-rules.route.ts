import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EventStore } from '../../../libs/event-store/event-store.js';
import type { ChangeBy } from '../../../libs/gateways/registry/watched-stream.js';
import {
  ROUTING_RULES_STREAM,
  RoutingRules,
  type RoutingRulesEvent,
  type RuleSet,
} from '../../../libs/gateways/routing/routing-rules.js';
import { Problem } from '../../../libs/platform/problem.js';
import { isSameRequest } from '../../../libs/platform/request-hashes.js';
import { idempotencyKeyReused } from '../commands/idempotency-key.js';
import { orConflict, SettingsCommands } from '../commands/settings-commands.js';
import { entityTag } from '../http/conditional.js';
import { LogPositions } from '../http/positions.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { bodyOf, queryOf } from '../http/validation.js';
import { rulesView } from '../queries/routing-view.js';
import { noQuery } from '../schemas/queries.schema.js';
import { rollBackRoutingRulesSchema, ruleSetSchema } from '../schemas/routing.schema.js';

export const rollBackRoutingRules = {
  operation: 'rollBackRoutingRules',
  method: 'POST',
  path: '/v1/routing/rules/rollback',
  tag: 'Routing',
  summary: 'Go back to an earlier version of the routing rules',
  description: 'Makes a new version with the content of the old one; no version is ever lost.',
  query: noQuery,
  body: rollBackRoutingRulesSchema,
  idempotencyKey: 'optional',
  ifMatch: true,
  answers: {
    200: {
      description: 'The new version.',
      body: ruleSetSchema,
      headers: ['ETag', 'Tillstream-Position', 'Idempotency-Replayed'],
    },
  },
  refusals: {
    400: ['IDEMPOTENCY_KEY_MALFORMED', 'IF_MATCH_MALFORMED'],
    404: ['RULES_VERSION_NOT_FOUND'],
    409: ['CONCURRENT_UPDATE'],
    412: ['REVISION_MISMATCH'],
    422: ['IDEMPOTENCY_KEY_REUSED'],
  },
} as const satisfies RouteSpec;

interface RolledBack {
  readonly rules: RuleSet;
  readonly position: string;
  readonly replayed: boolean;
}

@Controller()
export class RollBackRoutingRulesRoute {
  constructor(
    private readonly rules: RoutingRules,
    private readonly commands: SettingsCommands,
    private readonly positions: LogPositions,
    private readonly store: EventStore,
  ) {}

  @Post(rollBackRoutingRules.path)
  @RouteConfig({ spec: rollBackRoutingRules })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    queryOf(request, rollBackRoutingRules);
    const body = bodyOf(request, rollBackRoutingRules);
    const by = this.commands.by(request, rollBackRoutingRules, body);
    const before = await this.replayed(by);
    const { rules, position, replayed } = before ?? (await this.rollBack(body.version, by));
    if (replayed) reply.header('idempotency-replayed', 'true');
    reply.header('tillstream-position', this.positions.format(position));
    reply.header('etag', entityTag(rules.version));
    sendJson(reply, rulesView(rules));
  }

  private async rollBack(version: number, by: ChangeBy): Promise<RolledBack> {
    const result = await orConflict(this.rules.rollback(version, by));
    if (result.outcome === 'no_such_version') {
      const detail = 'There is no such version of the rules.';
      throw new Problem({ status: 404, code: 'RULES_VERSION_NOT_FOUND', detail });
    }
    if (result.outcome === 'invalid') throw new Error('rules that held once are valid');
    if (result.position !== '') return { ...result, replayed: false };
    // A copy of this request was faster.
    const other = await this.replayed(by);
    if (other === null) throw new Error('a change that was made before is in the stream');
    return other;
  }

  /** What the same Idempotency-Key did before; null: nothing. @throws Problem IDEMPOTENCY_KEY_REUSED */
  private async replayed({ call }: ChangeBy): Promise<RolledBack | null> {
    if (call === undefined) return null;
    const events = await this.store.readStream(ROUTING_RULES_STREAM);
    const event = events.find(({ metadata }) => metadata.idempotency === call.keyHash);
    if (event === undefined) return null;
    if (!isSameRequest(call, event.metadata.requestHash)) throw idempotencyKeyReused();
    // The stream holds nothing else, and is hash-chained.
    const { after } = (event as unknown as RoutingRulesEvent).data;
    return { rules: after, position: event.position, replayed: true };
  }
}
