import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { FreshReadModels } from '../queries/freshness.js';
import { listOf, reviewEntrySchema } from '../schemas/payment.schema.js';
import { LIMIT_DEFAULT, listReviewsQuery } from '../schemas/queries.schema.js';
import { READ_MODEL_REFUSALS } from './read-model-refusals.js';

export const listReviews = {
  operation: 'listReviews',
  method: 'GET',
  path: '/v1/reviews',
  tag: 'Operations',
  summary: 'Payments that wait for a person, with the reasons, newest first',
  description: 'Approve or reject one with the commands of the payment.',
  query: listReviewsQuery,
  body: null,
  answers: { 200: { description: 'A page of reviews.', body: listOf(reviewEntrySchema) } },
  refusals: READ_MODEL_REFUSALS,
} as const satisfies RouteSpec;

@Controller()
export class ListReviewsRoute {
  constructor(private readonly fresh: FreshReadModels) {}

  @Get(listReviews.path)
  @RouteConfig({ spec: listReviews })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const query = queryOf(request, listReviews);
    // A payment shows once both have seen that it waits.
    await this.fresh.at('payment-history', query.min_position);
    const models = await this.fresh.at('reviews', query.min_position);
    const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor ?? null };
    const { data, nextCursor } = await models.listReviews(page);
    sendJson(reply, { data, next_cursor: nextCursor });
  }
}
