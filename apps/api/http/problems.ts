import { HttpException } from '@nestjs/common';
import type { FastifyError, FastifyReply } from 'fastify';
import { errorCode } from '../../../libs/platform/error-code.js';
import {
  INTERNAL_PROBLEM,
  Problem,
  STORE_UNAVAILABLE_PROBLEM,
  problemBody,
  problemHeaders,
  type ProblemOptions,
} from '../../../libs/platform/problem.js';
import { JsonRefused } from '../../../libs/platform/strict-json.js';
import type { Exchange } from './exchange.js';

/** Answers with the problem. `correlationId` where it is not the request's own: a replay repeats the first answer's. */
export function sendProblem(
  { request, reply }: Exchange,
  problem: ProblemOptions,
  correlationId = request.call.correlationId,
): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problemHeaders(problem))
    .send(problemBody(problem, correlationId));
}

/** What an error means to a client. Anything that is not named here is a bug of ours: 500. */
export function problemOf(error: unknown): ProblemOptions {
  if (error instanceof Problem) return error.options;
  if (error instanceof JsonRefused) {
    return {
      status: 400,
      code: 'MALFORMED_JSON',
      detail: 'The body is not JSON as this API takes it.',
      errors: [{ pointer: error.pointer, detail: error.fault }],
    };
  }
  const code = errorCode(error);
  const known = code === undefined ? undefined : BY_ERROR_CODE[code];
  if (known !== undefined) return known;
  return ofStatus(statusOf(error));
}

const NOT_FOUND: ProblemOptions = {
  status: 404,
  code: 'NOT_FOUND',
  detail: 'There is nothing at this path.',
};
const BAD_REQUEST: ProblemOptions = {
  status: 400,
  code: 'BAD_REQUEST',
  detail: 'The request can not be understood.',
};
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
const EXPECTATION_FAILED: ProblemOptions = {
  status: 417,
  code: 'EXPECTATION_FAILED',
  detail: 'What Expect asks for can not be done; only 100-continue can.',
};
const TOO_LARGE: ProblemOptions = {
  status: 413,
  code: 'BODY_TOO_LARGE',
  detail: 'The body is larger than 64 KiB.',
};
const NOT_JSON: ProblemOptions = {
  status: 415,
  code: 'UNSUPPORTED_MEDIA_TYPE',
  detail: 'A body is sent as application/json, without content encoding.',
};

/** Errors of the event store, the read models, Fastify and Node's parser of HTTP, by their code. */
const BY_ERROR_CODE: Readonly<Record<string, ProblemOptions>> = {
  STORE_UNAVAILABLE: STORE_UNAVAILABLE_PROBLEM,
  OUTCOME_UNKNOWN: STORE_UNAVAILABLE_PROBLEM,
  READ_MODEL_UNAVAILABLE: {
    status: 503,
    code: 'READ_MODEL_UNAVAILABLE',
    detail: 'The read model is not built yet.',
    retryAfterS: 1,
  },
  INVALID_CURSOR: {
    status: 400,
    code: 'VALIDATION_FAILED',
    detail: 'A parameter does not fit.',
    errors: [{ parameter: 'cursor', detail: 'was not given by this list' }],
  },
  REPORT_TOO_LARGE: {
    status: 422,
    code: 'REPORT_TOO_LARGE',
    detail: 'The report would hold too many lines: narrow its range.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: TIMED_OUT,
  HPE_HEADER_OVERFLOW: HEAD_TOO_LARGE,
  FST_ERR_CTP_BODY_TOO_LARGE: TOO_LARGE,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: NOT_JSON,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: BAD_REQUEST,
  FST_ERR_BAD_URL: BAD_REQUEST,
  FST_ERR_MAX_PARAM_LENGTH: NOT_FOUND,
};

export const PROBLEMS = { NOT_FOUND, BAD_REQUEST, NOT_JSON, EXPECTATION_FAILED } as const;

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = error as Partial<FastifyError>;
  return statusCode ?? 500;
}

function ofStatus(status: number): ProblemOptions {
  if (status === 404) return NOT_FOUND;
  if (status === 413) return TOO_LARGE;
  if (status === 415) return NOT_JSON;
  return status >= 400 && status < 500 ? BAD_REQUEST : INTERNAL_PROBLEM;
}
