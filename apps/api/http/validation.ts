import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { hasCardData, jsonHasCardData } from '../../../libs/platform/card-data.js';
import { Problem, type ProblemFault } from '../../../libs/platform/problem.js';
import { jsonPointer } from '../../../libs/platform/strict-json.js';
import type { RouteSpec } from './route-spec.js';

/** The body as its schema has it. @throws Problem VALIDATION_FAILED, CARD_DATA_REFUSED */
export function bodyOf<Schema extends z.ZodType>(
  request: FastifyRequest,
  spec: RouteSpec & { readonly body: Schema },
): z.output<Schema> {
  const body = request.body === undefined && spec.bodyOptional === true ? {} : request.body;
  if (body === undefined)
    throw invalid('The route needs a body.', [{ pointer: '', detail: 'is missing' }]);
  if (bodyHasCardData(body)) throw cardDataRefused();
  const parsed = spec.body.safeParse(body);
  if (parsed.success) return parsed.data;
  throw invalid('The body does not fit.', parsed.error.issues.flatMap(bodyFaults));
}

/** The query as its schema has it; a parameter that the route does not know is refused. @throws Problem */
export function queryOf<Schema extends z.ZodObject>(
  request: FastifyRequest,
  spec: RouteSpec & { readonly query: Schema },
): z.output<Schema> {
  const unstorable = Object.entries(request.query ?? {}).filter(([, value]) => holdsNul(value));
  const faults = [
    ...unstorable.map(([parameter]) => ({ parameter, detail: 'U+0000 is refused' })),
    ...undecodable(request.raw.url ?? ''),
  ];
  if (faults.length > 0) throw invalid('A parameter does not fit.', faults);
  const parsed = spec.query.safeParse(request.query);
  if (parsed.success) return parsed.data;
  throw invalid('A parameter does not fit.', parsed.error.issues.flatMap(parameterFaults));
}

/** Postgres keeps no such text and refuses to compare with one; bodies are refused with it as well. */
function holdsNul(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\0');
}

/** Fastify leaves what it can't decode as it is: a filter would match nothing, and nobody would learn why. */
function undecodable(url: string): ProblemFault[] {
  const start = url.indexOf('?');
  if (start === -1 || !url.includes('%', start)) return [];
  return url
    .slice(start + 1)
    .split('&')
    .filter((pair) => !isDecodable(pair))
    .map((pair) => ({
      parameter: pair.split('=', 1).join(''),
      detail: 'is no percent-encoded UTF-8',
    }));
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Card numbers in what comes with a request beside its body. @throws Problem CARD_DATA_REFUSED */
export function refuseCardDataInHead(request: FastifyRequest): void {
  const { 'idempotency-key': key, 'if-match': ifMatch } = request.headers;
  // Fastify gives objects of texts, and a list for a parameter that stands twice.
  const held =
    jsonHasCardData(key) ||
    jsonHasCardData(ifMatch) ||
    jsonHasCardData(request.params) ||
    jsonHasCardData(request.query);
  if (held) throw cardDataRefused();
}

export function invalid(detail: string, errors: readonly ProblemFault[]): Problem {
  return new Problem({ status: 400, code: 'VALIDATION_FAILED', detail, errors });
}

function cardDataRefused(): Problem {
  const detail =
    'The request holds what looks like a card number. Send tokens only; nothing of it was kept.';
  return new Problem({ status: 400, code: 'CARD_DATA_REFUSED', detail });
}

/** Amounts above 2^53 are written as texts of digits; they are amounts all the same. */
function bodyHasCardData(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return jsonHasCardData(body);
  return Object.entries(body).some(([name, value]) => {
    if (name === 'amount' && isDigits(value)) return false;
    return (
      hasCardData(name) || (name === 'operation' ? bodyHasCardData(value) : jsonHasCardData(value))
    );
  });
}

function isDigits(value: unknown): boolean {
  return typeof value === 'string' && /^\d+$/.test(value);
}

function bodyFaults(issue: z.core.$ZodIssue): ProblemFault[] {
  return faultsOf(issue).map(({ path, detail }) => ({ pointer: jsonPointer(path), detail }));
}

function parameterFaults(issue: z.core.$ZodIssue): ProblemFault[] {
  return faultsOf(issue).map(({ path, detail }) => ({
    parameter: path.map(String).join('.'),
    detail,
  }));
}

function faultsOf(issue: z.core.$ZodIssue): { path: PropertyKey[]; detail: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], detail: 'is not known here' }));
  }
  // A record reports a refused name under the name itself.
  return [{ path: issue.path, detail: detailOf(issue) }];
}

function detailOf(issue: z.core.$ZodIssue): string {
  if (
    issue.code === 'invalid_type' &&
    issue.input === undefined &&
    /received undefined/.test(issue.message)
  ) {
    return 'is missing';
  }
  return issue.message;
}
