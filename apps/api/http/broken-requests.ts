import type { FastifyReply, FastifyServerOptions } from 'fastify';
import { newCorrelationId } from '../../../libs/platform/ids.js';
import {
  PROBLEM_CONTENT_TYPE,
  problemBody,
  type ProblemOptions,
} from '../../../libs/platform/problem.js';
import { problemOf } from './problems.js';

const TIMED_OUT: ProblemOptions = {
  status: 408,
  code: 'REQUEST_TIMEOUT',
  detail: 'The request did not arrive in time.',
};
const HEAD_TOO_LARGE: ProblemOptions = {
  status: 431,
  code: 'HEAD_TOO_LARGE',
  detail: 'The head of the request is too large.',
};
const NOT_HTTP: ProblemOptions = {
  status: 400,
  code: 'BAD_REQUEST',
  detail: 'The request can not be understood.',
};

const BY_CODE: Readonly<Record<string, ProblemOptions>> = {
  ERR_HTTP_REQUEST_TIMEOUT: TIMED_OUT,
  HPE_HEADER_OVERFLOW: HEAD_TOO_LARGE,
};

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Answers to what never becomes a request: no HTTP, too slow, a path that can't be decoded. */
export const answerBrokenRequests = {
  clientErrorHandler(error, socket) {
    // Nobody is there any more, or an answer is on its way already.
    if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
      socket.destroy();
      return;
    }
    const problem = BY_CODE[error.code] ?? NOT_HTTP;
    const body = problemBody(problem, newCorrelationId());
    socket.end(
      `HTTP/1.1 ${problem.status} ${REASONS[problem.status]}\r\n` +
        `content-type: ${PROBLEM_CONTENT_TYPE}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  },
  frameworkErrors(error, _request, reply) {
    const problem = problemOf(error);
    // The generic type knows no status and no body here.
    void (reply as unknown as FastifyReply)
      .code(problem.status)
      .header('content-type', PROBLEM_CONTENT_TYPE)
      .send(problemBody(problem, newCorrelationId()));
  },
} as const satisfies Pick<FastifyServerOptions, 'clientErrorHandler' | 'frameworkErrors'>;
