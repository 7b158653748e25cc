import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GatewayWebhooks } from '../commands/gateway-webhooks.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { gatewayNameIn } from '../queries/gateway-view.js';
import { gatewayWebhookSchema, webhookReceivedSchema } from '../schemas/gateways.schema.js';
import { noQuery } from '../schemas/queries.schema.js';

export const receiveGatewayWebhook = {
  operation: 'receiveGatewayWebhook',
  method: 'POST',
  path: '/v1/gateways/:name/webhooks',
  tag: 'Gateways',
  summary: 'For gateways: tell what happened without a call',
  description:
    'Needs no key: the signature of the gateway is checked over the raw bytes. One that comes late, twice or out of order is acknowledged and changes nothing.',
  query: noQuery,
  body: gatewayWebhookSchema,
  signedBody: true,
  answers: { 200: { description: 'Kept, or known already.', body: webhookReceivedSchema } },
  refusals: {
    400: ['WEBHOOK_TOO_OLD', 'WEBHOOK_MALFORMED', 'VALIDATION_FAILED'],
    401: ['WEBHOOK_SIGNATURE_INVALID'],
    404: ['GATEWAY_NOT_FOUND', 'WEBHOOKS_NOT_ACCEPTED'],
    503: ['WEBHOOKS_BUSY'],
  },
} as const satisfies RouteSpec;

const NOTHING = Buffer.alloc(0);

@Controller()
export class ReceiveGatewayWebhookRoute {
  constructor(private readonly webhooks: GatewayWebhooks) {}

  @Post(receiveGatewayWebhook.path)
  @RouteConfig({ spec: receiveGatewayWebhook })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    queryOf(request, receiveGatewayWebhook);
    const received = await this.webhooks.receive(gatewayNameIn(request), {
      headers: singleHeaders(request),
      // The parser of this route gives bytes; without a body there is nothing to parse.
      body: Buffer.isBuffer(request.body) ? request.body : NOTHING,
      receivedAtMs: Date.now(),
    });
    sendJson(reply, { received });
  }
}

/** A header that stands several times is as good as none: no gateway sends its signature so. */
function singleHeaders(request: FastifyRequest): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? undefined : value,
    ]),
  );
}
