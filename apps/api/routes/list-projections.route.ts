import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LogPositions } from '../http/positions.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { ReadModels } from '../queries/read-models.js';
import { projectionsSchema } from '../schemas/payment.schema.js';
import { noQuery } from '../schemas/queries.schema.js';

export const listProjections = {
  operation: 'listProjections',
  method: 'GET',
  path: '/v1/projections',
  tag: 'Operations',
  summary: 'How far each read model is, and what it is doing',
  query: noQuery,
  body: null,
  answers: { 200: { description: 'All read models.', body: projectionsSchema } },
  refusals: { 503: ['READ_MODEL_UNAVAILABLE'] },
} as const satisfies RouteSpec;

@Controller()
export class ListProjectionsRoute {
  constructor(
    private readonly models: ReadModels,
    private readonly positions: LogPositions,
  ) {}

  @Get(listProjections.path)
  @RouteConfig({ spec: listProjections })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    queryOf(request, listProjections);
    const projections = await this.models.listProjections();
    const data = projections.map((one) => ({
      ...one,
      position: this.positions.format(one.position),
    }));
    sendJson(reply, { data });
  }
}
