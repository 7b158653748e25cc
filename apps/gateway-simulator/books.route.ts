import type { FastifyInstance } from 'fastify';
import { bookEntry } from './answers.js';
import type { Operation } from './books.js';
import { pageQuery } from './paging.js';
import { sentenceOf } from './request-shapes.js';
import type { ServerParts } from './server-parts.js';
import { answer, deliver, problem } from './wire.js';

/** `GET /books/{payment id}` and `GET /books`: every effect that was performed, in order, of all gateways. */
export function registerBooksRoutes(app: FastifyInstance, parts: ServerParts): void {
  const { simulator } = parts;
  const { books } = simulator;

  app.get<{ Params: { payment: string } }>('/books/:payment', async (request, reply) => {
    const effects: Operation[] = [];
    let operation = books.payments.get(request.params.payment) ?? null;
    for (; operation !== null; operation = operation.next) {
      if (operation.effect !== -1) effects.push(operation);
    }
    effects.sort((one, other) => one.effect - other.effect);
    const data = effects.map(bookEntry);
    await simulator.durable();
    return deliver({ request, reply }, answer(200, { data }));
  });

  app.get('/books', async (request, reply) => {
    const query = pageQuery.safeParse(request.query);
    if (!query.success) {
      return deliver(
        { request, reply },
        problem(400, 'invalid_request', sentenceOf(query.error, 'the query')),
      );
    }
    const { after = '0', limit } = query.data;
    if (!/^\d{1,12}$/.test(after)) {
      return deliver(
        { request, reply },
        problem(400, 'invalid_request', 'after must be a cursor of this list.'),
      );
    }
    const from = Number(after);
    const data = books.effects
      .slice(from, from + limit)
      .map((it) => ({ payment_id: it.record.paymentId, ...bookEntry(it) }));
    const end = from + data.length;
    const nextCursor = end < books.effects.length ? String(end) : null;
    await simulator.durable();
    return deliver({ request, reply }, answer(200, { data, next_cursor: nextCursor }));
  });
}
