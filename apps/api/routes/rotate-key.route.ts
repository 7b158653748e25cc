import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKey } from '../../../libs/access/api-key.events.js';
import { newKeyId } from '../../../libs/access/api-keys.js';
import { Problem } from '../../../libs/platform/problem.js';
import { idempotencyKeyOf, keyIdFor } from '../commands/idempotency-key.js';
import { issuedKeyView, keyAlreadyCreated, KeyCommands } from '../commands/key-commands.js';
import { principalOf } from '../http/call-context.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { bodyOf, queryOf } from '../http/validation.js';
import { issuedKeySchema, rotateKeySchema } from '../schemas/keys.schema.js';
import { noQuery } from '../schemas/queries.schema.js';

export const rotateKey = {
  operation: 'rotateKey',
  method: 'POST',
  path: '/v1/keys/:id/rotate',
  tag: 'Keys',
  summary: 'Replace a key',
  description: 'A new key of the same principal; the old one passes until the overlap is over.',
  query: noQuery,
  body: rotateKeySchema,
  bodyOptional: true,
  idempotencyKey: 'optional',
  answers: { 201: { description: 'The new key.', body: issuedKeySchema, headers: ['Location'] } },
  refusals: {
    400: ['IDEMPOTENCY_KEY_MALFORMED'],
    404: ['KEY_NOT_FOUND'],
    409: ['KEY_ALREADY_CREATED', 'KEY_REVOKED', 'KEY_EXPIRED', 'CONCURRENT_UPDATE'],
  },
} as const satisfies RouteSpec;

@Controller()
export class RotateKeyRoute {
  constructor(private readonly commands: KeyCommands) {}

  @Post(rotateKey.path)
  @RouteConfig({ spec: rotateKey })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    queryOf(request, rotateKey);
    const given = idempotencyKeyOf(request, rotateKey);
    const { overlap_s: overlapS } = bodyOf(request, rotateKey);
    const { keys } = this.commands;
    const issued = await this.commands.change(request, async (key) => {
      const successorId = await this.successorId(request, key, given);
      if (key.revoked) throw revoked();
      if (this.commands.isOver(key.lifetimeEndsAt)) throw expired();
      return keys.rotate(key, { overlapS, successorId }, this.commands.by(request));
    });
    reply.header('location', `/v1/keys/${issued.key.keyId}`);
    sendJson(reply, issuedKeyView(issued), 201);
  }

  /** @throws Problem KEY_ALREADY_CREATED for a repeat */
  private async successorId(request: FastifyRequest, key: ApiKey, given: string | null) {
    if (given === null) return newKeyId();
    const path = `/v1/keys/${key.keyId}/rotate`;
    // One that another change came before was shown to nobody: the next takes its place.
    for (let givenUp = 0; ; givenUp++) {
      const nth = givenUp === 0 ? path : `${path}#${givenUp}`;
      const id = keyIdFor(principalOf(request), nth, given);
      const found = await this.commands.keys.find(id);
      if (found === null) return id;
      if (!found.givenUp) throw keyAlreadyCreated(id);
    }
  }
}

function revoked(): Problem {
  return new Problem({
    status: 409,
    code: 'KEY_REVOKED',
    detail: 'A revoked key has no successor.',
  });
}

/** Its successor would have the same end, and could never be used. */
function expired(): Problem {
  return new Problem({
    status: 409,
    code: 'KEY_EXPIRED',
    detail: 'The time that the key was made for is over. Make a new key.',
  });
}
