import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { newCorrelationId } from '../../../libs/platform/ids.js';
import {
  problemBody,
  problemHeaders,
  type ProblemOptions,
} from '../../../libs/platform/problem.js';
import { callContextOf, tellCall } from './call-context.js';
import { PROBLEMS, problemOf } from './problems.js';

/** Answers to what never becomes a request: no HTTP, too slow, a path that can't be decoded. */
export const answerBrokenRequests = {
  clientErrorHandler(error, socket) {
    // Nobody is there any more, or an answer is on its way already.
    if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
      socket.destroy();
      return;
    }
    // What Node's parser does not take is the client's doing, whatever its error says.
    const known = problemOf(error);
    endWith(socket, known.status < 500 ? known : PROBLEMS.BAD_REQUEST);
  },
  frameworkErrors(error, request, reply) {
    const problem = problemOf(error);
    // reason: the generic types know no headers, no status and no body here
    const answer = reply as unknown as FastifyReply;
    // No hook has seen it, not even the gate, where the clock of a call starts.
    const call = callContextOf(request as unknown as FastifyRequest, 0);
    tellCall(answer, call);
    void answer
      .code(problem.status)
      .headers(problemHeaders(problem))
      .send(problemBody(problem, call.correlationId));
  },
} as const satisfies Pick<FastifyServerOptions, 'clientErrorHandler' | 'frameworkErrors'>;

/** Answers to what Node by itself would answer without a word, or not at all. */
export function answerOddRequests(server: Server): void {
  server.on('checkExpectation', ({ socket }: IncomingMessage) => {
    endWith(socket, PROBLEMS.EXPECTATION_FAILED);
  });
  // Nobody gets a tunnel here.
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    endWith(socket, PROBLEMS.BAD_REQUEST);
  });
}

function endWith(socket: Duplex, problem: ProblemOptions): void {
  const body = problemBody(problem, newCorrelationId());
  const headers = {
    ...problemHeaders(problem),
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const status = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`;
  socket.end(`${status}\r\n${head.join('')}\r\n${body}`);
}
