import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { newKeyId } from '../../../libs/access/api-keys.js';
import { Problem } from '../../../libs/platform/problem.js';
import { idempotencyKeyOf, keyIdFor } from '../commands/idempotency-key.js';
import { issuedKeyView, KeyCommands } from '../commands/key-commands.js';
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
  refusals: {
    400: ['IDEMPOTENCY_KEY_MALFORMED'],
    409: ['KEY_ALREADY_CREATED'],
    422: ['IDEMPOTENCY_KEY_REUSED', 'EXPIRES_IN_THE_PAST'],
  },
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
    // A repeat may come when the key that it made has expired.
    if (given !== null) await this.refuseRepeat(keyId, body);
    if (this.commands.isOver(wanted.expiresAt)) throw expiresBeforeNow();
    const by = this.commands.by(request, given === null ? undefined : body);
    const issued = await this.commands.keys.create(wanted, by, { keyId });
    if (issued === null) {
      // A copy of this request was faster.
      await this.refuseRepeat(keyId, body);
      throw new Error('a key whose id is taken is there');
    }
    reply.header('location', `/v1/keys/${keyId}`);
    sendJson(reply, issuedKeyView(issued), 201);
  }

  /** @throws Problem KEY_ALREADY_CREATED, IDEMPOTENCY_KEY_REUSED */
  private async refuseRepeat(keyId: string, body: object): Promise<void> {
    const made = await this.commands.keys.find(keyId);
    if (made !== null) throw this.commands.repeatOf(made, body);
  }
}

function expiresBeforeNow(): Problem {
  return new Problem({
    status: 422,
    code: 'EXPIRES_IN_THE_PAST',
    detail: 'The key would have expired before it was made.',
    errors: [{ pointer: '/expires_at', detail: 'must lie in the future' }],
  });
}
