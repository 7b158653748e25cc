import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKey } from '../../../libs/access/api-key.events.js';
import { newKeyId } from '../../../libs/access/api-keys.js';
import type { Principal } from '../../../libs/access/role.js';
import { Problem } from '../../../libs/platform/problem.js';
import { idempotencyKeyOf, keyIdFor } from '../commands/idempotency-key.js';
import { issuedKeyView, KeyCommands } from '../commands/key-commands.js';
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
  description:
    'A new key of the same principal; the old one passes until the overlap is over. It is rotated again only where its successor was revoked, as one is whose answer got lost.',
  query: noQuery,
  body: rotateKeySchema,
  bodyOptional: true,
  idempotencyKey: 'optional',
  answers: { 201: { description: 'The new key.', body: issuedKeySchema, headers: ['Location'] } },
  refusals: {
    400: ['IDEMPOTENCY_KEY_MALFORMED'],
    404: ['KEY_NOT_FOUND'],
    409: [
      'KEY_ALREADY_CREATED',
      'KEY_REVOKED',
      'KEY_EXPIRED',
      'KEY_ALREADY_ROTATED',
      'CONCURRENT_UPDATE',
    ],
    422: ['IDEMPOTENCY_KEY_REUSED'],
  },
} as const satisfies RouteSpec;

/** A request that brought an Idempotency-Key. */
interface KeyedRequest {
  readonly principal: Principal;
  readonly given: string;
  readonly body: object;
}

@Controller()
export class RotateKeyRoute {
  constructor(private readonly commands: KeyCommands) {}

  @Post(rotateKey.path)
  @RouteConfig({ spec: rotateKey })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    queryOf(request, rotateKey);
    const given = idempotencyKeyOf(request, rotateKey);
    const body = bodyOf(request, rotateKey);
    const { overlap_s: overlapS } = body;
    const { keys } = this.commands;
    const by = this.commands.by(request, given === null ? undefined : body);
    const issued = await this.commands.change(request, async (key) => {
      const principal = principalOf(request);
      const successorId =
        given === null ? newKeyId() : await this.successorId(key, { principal, given, body });
      if (key.revoked) throw revoked();
      if (this.commands.isOver(key.lifetimeEndsAt)) throw expired();
      await this.refuseSecond(key);
      return keys.rotate(key, { overlapS, successorId }, by);
    });
    reply.header('location', `/v1/keys/${issued.key.keyId}`);
    sendJson(reply, issuedKeyView(issued), 201);
  }

  /** @throws Problem KEY_ALREADY_CREATED, IDEMPOTENCY_KEY_REUSED for a repeat */
  private async successorId(key: ApiKey, { principal, given, body }: KeyedRequest) {
    const path = `/v1/keys/${key.keyId}/rotate`;
    // One that the key does not name was shown to nobody: its rotation never came about. The next takes its place.
    for (let unnamed = 0; ; unnamed++) {
      const nth = unnamed === 0 ? path : `${path}#${unnamed}`;
      const id = keyIdFor(principal, nth, given);
      const found = await this.commands.keys.find(id);
      if (found === null) return id;
      if (key.successorIds.includes(id)) throw this.commands.repeatOf(found, body);
    }
  }

  /**
   * With a second successor the first would still authenticate, and maybe nobody would know of it.
   * @throws Problem KEY_ALREADY_ROTATED
   */
  private async refuseSecond(key: ApiKey): Promise<void> {
    const id = key.successorIds.at(-1);
    const successor = id === undefined ? null : await this.commands.keys.find(id);
    if (successor === null) return;
    if (successor.revoked) return await this.refuseSecond(successor);
    throw new Problem({
      status: 409,
      code: 'KEY_ALREADY_ROTATED',
      detail: 'The key has a successor already. Rotate that one, or revoke it first.',
      extra: { id: successor.keyId },
    });
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
