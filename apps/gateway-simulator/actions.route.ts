import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Operation } from './books.js';
import { findByAction } from './references.js';
import type { ServerParts } from './server-parts.js';
import { deliver, problem } from './wire.js';

const query = z.object({ result: z.enum(['success', 'failure']).optional() });

/** `GET /{gateway}/actions/{id}`: the page on which the customer acts; with `?result=` it is the act. */
export function registerActionRoute(app: FastifyInstance, parts: ServerParts): void {
  const { simulator } = parts;
  app.get<{ Params: { gateway: string; id: string } }>(
    '/:gateway/actions/:id',
    async (request, reply) => {
      const { gateway, id } = request.params;
      const operation = findByAction(simulator.books, gateway, id);
      if (operation === undefined) {
        return deliver({ request, reply }, problem(404, 'not_found', 'there is no such action.'));
      }
      const parsed = query.safeParse(request.query);
      if (!parsed.success) {
        const sentence = 'result must be success or failure.';
        return deliver({ request, reply }, problem(400, 'invalid_request', sentence));
      }
      const { result } = parsed.data;
      await (result === undefined ? simulator.durable() : simulator.act(operation, result));
      return sendPage(reply, stateOf(operation));
    },
  );
}

type ActionState = 'open' | 'success' | 'failure' | 'cancelled';

function stateOf(operation: Operation): ActionState {
  if (operation.status === 'approved') return 'success';
  if (operation.status === 'declined') return 'failure';
  return operation.funds?.closed === 'voided' ? 'cancelled' : 'open';
}

const SENTENCES: Readonly<Record<ActionState, string>> = {
  open:
    'Do you agree to this payment? ' +
    '<a href="?result=success">Yes</a> <a href="?result=failure">No</a>',
  success: 'Thank you, the payment goes on.',
  failure: 'The payment was not confirmed.',
  cancelled: 'The payment was cancelled.',
};

function sendPage(reply: FastifyReply, state: ActionState): FastifyReply {
  return reply
    .code(200)
    .header('cache-control', 'no-store')
    .header('x-action-result', state)
    .type('text/html; charset=utf-8')
    .send(
      '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Your bank</title></head>' +
        `<body><p>${SENTENCES[state]}</p></body></html>\n`,
    );
}
