import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  EventStore,
  LOG_START,
  type LogPage,
  type Position,
} from '../../../libs/event-store/event-store.js';
import { InvalidPosition } from '../../../libs/event-store/position.js';
import { LogPositions, positionInvalid } from '../http/positions.js';
import type { RouteSpec } from '../http/route-spec.js';
import { sendJson } from '../http/send-json.js';
import { queryOf } from '../http/validation.js';
import { eventPage } from '../queries/event-view.js';
import { eventSchema, listOf } from '../schemas/payment.schema.js';
import { eventsQuery, LIMIT_DEFAULT } from '../schemas/queries.schema.js';

export const listEvents = {
  operation: 'listEvents',
  method: 'GET',
  path: '/v1/events',
  tag: 'Log',
  summary: 'The whole log, oldest first, as stored',
  description:
    'Everything that an auditor needs to recompute the hash chain of each stream. A null next_cursor says that the log ends here for now: go on later with the position of the last event as `after`.',
  query: eventsQuery,
  body: null,
  answers: { 200: { description: 'A page of events.', body: listOf(eventSchema) } },
  refusals: { 400: ['POSITION_INVALID', 'POSITION_OF_ANOTHER_LOG'] },
} as const satisfies RouteSpec;

@Controller()
export class ListEventsRoute {
  constructor(
    private readonly store: EventStore,
    private readonly positions: LogPositions,
  ) {}

  @Get(listEvents.path)
  @RouteConfig({ spec: listEvents })
  async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { after, cursor, limit = LIMIT_DEFAULT } = queryOf(request, listEvents);
    const given = after ?? cursor;
    const start = given === undefined ? LOG_START : this.positions.parse(given, 'after');
    const page = await this.pageBehind(start, limit);
    sendJson(reply, eventPage(page.events, page.atEnd ? null : page.position, this.positions));
  }

  /** Some stores can only begin where an event stands; all positions that were given out are such places. */
  private async pageBehind(start: Position, limit: number): Promise<LogPage> {
    try {
      return await this.store.readAll(start, limit);
    } catch (error) {
      throw error instanceof InvalidPosition ? positionInvalid('after') : error;
    }
  }
}
