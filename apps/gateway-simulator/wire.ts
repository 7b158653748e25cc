import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Faults } from './faults.js';

/** What goes back over the wire, or how it doesn't. */
export type WireAnswer =
  | { readonly type: 'answer'; readonly status: number; readonly body: object }
  | { readonly type: 'hang' | 'error' | 'reset' };

export function answer(status: number, body: object): WireAnswer {
  return { type: 'answer', status, body };
}

export function problem(status: number, code: string, message: string): WireAnswer {
  return answer(status, { error: { code, message } });
}

export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly faults: Faults;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Lets a call pass through the gateway's faults: those before its effect, the effect, those after it. */
export async function throughFaults(
  exchange: Exchange,
  effect: () => Promise<WireAnswer>,
): Promise<FastifyReply> {
  const { faults, random } = exchange;
  if (faults.latency_ms > 0) await wait(faults.latency_ms, undefined, { ref: false });
  if (random() < faults.hang_rate) return deliver(exchange, { type: 'hang' });
  if (random() < faults.error_rate) return deliver(exchange, { type: 'error' });
  const answered = await effect();
  if (random() < faults.error_after_effect_rate) return deliver(exchange, { type: 'error' });
  if (random() < faults.drop_after_effect_rate) return deliver(exchange, { type: 'reset' });
  return deliver(exchange, answered);
}

export function deliver(
  { request, reply }: Pick<Exchange, 'request' | 'reply'>,
  answered: WireAnswer,
): FastifyReply {
  switch (answered.type) {
    case 'answer':
      return reply.code(answered.status).send(answered.body);
    case 'error':
      return reply.code(500).send({ error: { code: 'internal', message: 'something went wrong' } });
    case 'hang':
      // Nobody answers; the socket stays open until the client leaves or the server closes.
      return reply.hijack();
    case 'reset':
      reply.hijack();
      request.raw.socket.resetAndDestroy();
      return reply;
  }
}
