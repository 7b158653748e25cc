import type { FastifyInstance } from 'fastify';
import { factAnswer } from './answers.js';
import type { Fact } from './books.js';
import { pageQuery } from './paging.js';
import { factIdOf } from './references.js';
import { sentenceOf } from './request-shapes.js';
import type { ServerParts } from './server-parts.js';
import { answer, problem, throughFaults } from './wire.js';

/** `GET /{gateway}/facts`: what happened without a call, in an order that stays. A call like any other to the faults. */
export function registerFactsRoute(app: FastifyInstance, parts: ServerParts): void {
  const { simulator } = parts;
  app.get<{ Params: { gateway: string } }>('/:gateway/facts', async (request, reply) => {
    const { gateway } = request.params;
    const exchange = { request, reply, faults: simulator.faults(gateway), random: parts.random };
    return throughFaults(exchange, async () => {
      const query = pageQuery.safeParse(request.query);
      if (!query.success) {
        return problem(400, 'invalid_request', sentenceOf(query.error, 'the query'));
      }
      const { after, limit } = query.data;
      simulator.runDue();
      const facts = simulator.books.gateways.get(gateway)?.facts ?? [];
      const from = after === undefined ? 0 : placeBehind(facts, after);
      if (from === null) {
        return problem(400, 'invalid_request', 'after must be the cursor of an earlier answer.');
      }
      const data = facts
        .slice(from, from + limit)
        .map((fact, index) => factAnswer(fact, factIdOf(fact, from + index)));
      // The end of the list is where to ask on from, so the cursor is never taken away.
      const nextCursor = data.at(-1)?.id ?? after ?? null;
      const hasMore = from + data.length < facts.length;
      await simulator.durable();
      return answer(200, { data, next_cursor: nextCursor, has_more: hasMore });
    });
  });
}

/** null: no cursor at all. One of another feed starts over: facts are known by their ids, so a repeat does no harm. */
function placeBehind(facts: readonly Fact[], cursor: string): number | null {
  const digits = /^fct_([0-9a-z]{8,11})_[0-9a-z]{1,11}$/.exec(cursor)?.[1];
  if (digits === undefined) return null;
  const place = Number.parseInt(digits, 36);
  const fact = facts[place];
  return fact !== undefined && factIdOf(fact, place) === cursor ? place + 1 : 0;
}
