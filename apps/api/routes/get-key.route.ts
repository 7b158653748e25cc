import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { KeyCommands, keyView } from '../commands/key-commands.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { keySchema } from '../schemas/keys.schema.js';
import { noQuery } from '../schemas/queries.schema.js';

export const getKey = {
  operation: 'getKey',
  method: 'GET',
  path: '/v1/keys/:id',
  tag: 'Keys',
  summary: 'What is known of a key',
  query: noQuery,
  body: null,
  answers: { 200: { description: 'The key, without its secret.', body: keySchema } },
  refusals: { 404: ['KEY_NOT_FOUND'] },
} as const satisfies RouteSpec;

@Controller()
export class GetKeyRoute {
  constructor(private readonly commands: KeyCommands) {}

  @Get(getKey.path)
  @RouteConfig({ spec: getKey })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    queryOf(request, getKey);
    sendJson(reply, keyView(await this.commands.keyIn(request)));
  }
}
