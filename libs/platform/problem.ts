import { hasCardData } from './card-data.js';

/** A fault within a body, by JSON pointer (RFC 6901), or of a parameter or header by its name. */
export interface ProblemFault {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly header?: string;
  readonly detail: string;
}

export interface ProblemOptions {
  readonly status: number;
  /** Stable, UPPER_SNAKE. */
  readonly code: string;
  /** For people; never holds values that a stranger sent. */
  readonly detail: string;
  readonly errors?: readonly ProblemFault[];
  /** Seconds, for the Retry-After header. */
  readonly retryAfterS?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Members beyond those of RFC 9457. */
  readonly extra?: Readonly<Record<string, string | number | null>>;
}

/** What went wrong in terms of HTTP; becomes an `application/problem+json` answer (RFC 9457). */
export class Problem extends Error {
  constructor(readonly options: ProblemOptions) {
    super(options.code);
    this.name = 'Problem';
  }

  get status(): number {
    return this.options.status;
  }
}

const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';
const FAULTS_MAX = 20;

/** The body of a problem's answer; always the same bytes for the same problem and correlation id. */
export function problemBody(options: ProblemOptions, correlationId: string): string {
  const errors = (options.errors ?? []).slice(0, FAULTS_MAX).map(withoutCardData);
  return JSON.stringify({
    type: `urn:tillstream:problem:${options.code.toLowerCase().replaceAll('_', '-')}`,
    title: TITLES[options.status] ?? 'Error',
    status: options.status,
    detail: options.detail,
    code: options.code,
    correlation_id: correlationId,
    errors,
    ...options.extra,
  });
}

/** Content type, Retry-After and what else the problem brings; the same wherever it is answered from. */
export function problemHeaders(options: ProblemOptions): Readonly<Record<string, string>> {
  const { retryAfterS } = options;
  return {
    'content-type': PROBLEM_CONTENT_TYPE,
    ...(retryAfterS !== undefined && { 'retry-after': String(retryAfterS) }),
    ...options.headers,
  };
}

/** A pointer holds property names that a stranger chose: the last door through which a card number could go out. */
function withoutCardData(fault: ProblemFault): ProblemFault {
  const names = [fault.pointer, fault.parameter, fault.header];
  if (!names.some((name) => name !== undefined && hasCardData(name))) return fault;
  return { detail: fault.detail };
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request timeout',
  409: 'Conflict',
  412: 'Precondition failed',
  413: 'Content too large',
  415: 'Unsupported media type',
  417: 'Expectation failed',
  422: 'Refused by a rule',
  429: 'Too many requests',
  431: 'Header fields too large',
  500: 'Internal error',
  503: 'Unavailable',
};

/** Nothing of the inside is told; the log has it under the correlation id. */
export const INTERNAL_PROBLEM: ProblemOptions = {
  status: 500,
  code: 'INTERNAL_ERROR',
  detail: 'Something went wrong on our side. Try again with the same Idempotency-Key.',
};

export const STORE_UNAVAILABLE_PROBLEM: ProblemOptions = {
  status: 503,
  code: 'STORE_UNAVAILABLE',
  detail: 'Data can not be reached at the moment. Try again with the same Idempotency-Key.',
  retryAfterS: 1,
};
