import { Controller, Delete, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { KeyCommands } from '../commands/key-commands.js';
import type { RouteSpec } from '../http/route-spec.js';
import { queryOf } from '../http/validation.js';
import { noQuery } from '../schemas/queries.schema.js';

export const revokeKey = {
  operation: 'revokeKey',
  method: 'DELETE',
  path: '/v1/keys/:id',
  tag: 'Keys',
  summary: 'End a key for good',
  description: 'Other processes may let it pass for two more seconds.',
  query: noQuery,
  body: null,
  answers: { 204: { description: 'The key is revoked.', body: null } },
  refusals: { 404: ['KEY_NOT_FOUND'], 409: ['CONCURRENT_UPDATE'] },
} as const satisfies RouteSpec;

@Controller()
export class RevokeKeyRoute {
  constructor(private readonly commands: KeyCommands) {}

  @Delete(revokeKey.path)
  @RouteConfig({ spec: revokeKey })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    queryOf(request, revokeKey);
    await this.commands.change(request, async (key) => {
      const by = this.commands.by(request);
      return (await this.commands.keys.revoke(key, null, by)) ? true : null;
    });
    void reply.code(204).send();
  }
}
