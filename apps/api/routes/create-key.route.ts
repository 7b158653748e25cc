import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { newKeyId } from '../../../libs/access/api-keys.js';
import { idempotencyKeyOf, keyIdFor } from '../commands/idempotency-key.js';
import { issuedKeyView, keyAlreadyCreated, KeyCommands } from '../commands/key-commands.js';
import { principalOf } from '../http/call-context.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { bodyOf, queryOf } from '../http/validation.js';
import { createKeySchema, issuedKeySchema } from '../schemas/keys.schema.js';
import { noQuery } from '../schemas/queries.schema.js';

export const createKey = {
  operation: 'createKey',
  method: 'POST',
  path: '/v1/keys',
  tag: 'Keys',
  summary: 'Make a key',
  description: 'The key is shown in this answer and never again.',
  query: noQuery,
  body: createKeySchema,
  idempotencyKey: 'optional',
  answers: { 201: { description: 'The key.', body: issuedKeySchema, headers: ['Location'] } },
  refusals: { 400: ['IDEMPOTENCY_KEY_MALFORMED'], 409: ['KEY_ALREADY_CREATED'] },
} as const satisfies RouteSpec;

@Controller()
export class CreateKeyRoute {
  constructor(private readonly commands: KeyCommands) {}

  @Post(createKey.path)
  @RouteConfig({ spec: createKey })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    queryOf(request, createKey);
    const given = idempotencyKeyOf(request, createKey);
    const body = bodyOf(request, createKey);
    const keyId = given === null ? newKeyId() : keyIdFor(principalOf(request), '/v1/keys', given);
    const wanted = {
      role: body.role,
      merchantId: body.merchant_id ?? null,
      name: body.name ?? null,
      expiresAt: body.expires_at ?? null,
      origin: 'api',
    } as const;
    const issued = await this.commands.keys.create(wanted, this.commands.by(request), { keyId });
    if (issued === null) throw keyAlreadyCreated(keyId);
    reply.header('location', `/v1/keys/${keyId}`);
    sendJson(reply, issuedKeyView(issued), 201);
  }
}
