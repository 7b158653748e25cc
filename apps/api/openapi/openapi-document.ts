import { z } from 'zod';
import { WHO_MAY } from '../access-table.js';
import {
  BODY_REFUSALS,
  COMMON_REFUSALS,
  type AnswerHeader,
  type AnswerSpec,
  DELETE_REFUSALS,
  SIGNED_REFUSALS,
  type RouteSpec,
} from '../http/route-spec.js';
import { ROUTES } from '../routes/routes.js';
import { COMPONENTS } from './components.js';
import {
  bodySchemaOf,
  componentSchemas,
  parameterSchema,
  refOf,
  type Json,
} from './json-schema.js';

/** The whole description, from the same specs and schemas that route and validate. */
export function openApiDocument(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const { spec } of ROUTES) {
    const path = templateOf(spec.path);
    paths[path] = { ...paths[path], [spec.method.toLowerCase()]: operationOf(spec) };
  }
  return {
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: '/', description: 'The server that gave this description' }],
    tags: TAGS,
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A key: `tsk_...`.' },
      },
      headers: HEADERS,
      schemas: componentSchemas(),
    },
  };
}

const INFO = {
  title: 'Tillstream',
  version: '1',
  summary: 'An event-sourced payments platform',
  description: [
    'Amounts are integers of minor units, as numbers up to 2^53 - 1 and as strings of digits above.',
    'Every POST that changes something takes an Idempotency-Key: the same key and body give the same answer again.',
    'Problems are application/problem+json with a stable `code`.',
    'An X-Request-Id of 1 to 128 plain characters is echoed, another one replaced; problems and events have it as their correlation id, or else the trace id of the traceparent that came with it.',
    'Bodies are JSON of at most 64 KiB; properties that are not described are refused.',
    'Requests take tokens only: what looks like a card number, in any text, name or header that would be kept, is refused with `CARD_DATA_REFUSED`.',
    'A key may send so many requests a second, and have so many running at once; one more is answered 429. Where there is such a rate, RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset tell what is left of it.',
    'Where too many commands run, one more is answered 503 at once; Retry-After says when to come back.',
  ].join(' '),
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

const TAGS = [
  { name: 'Payments', description: 'Take payments and follow their lives.' },
  {
    name: 'Gateways',
    description: 'Who moves the money: what is configured, how they do, what they tell.',
  },
  { name: 'Routing', description: 'How a gateway is chosen.' },
  { name: 'Log', description: 'Events as stored, and who did what.' },
  { name: 'Reports', description: 'Tables for accountants, as JSON and CSV.' },
  { name: 'Operations', description: 'How the service is doing.' },
  { name: 'Keys', description: 'Who may call.' },
];

const HEADERS = {
  ETag: header('Revision of what the answer shows; what If-Match takes.'),
  'Tillstream-Position': header('Place of the answer in the log; what min_position takes.'),
  'Idempotency-Replayed': header('`true` where the answer is that of an earlier call.'),
  Location: header('Where the new thing is.'),
  'Retry-After': header('Seconds to wait before the next try.'),
};

function header(description: string) {
  return { description, schema: { type: 'string' } };
}

/** `/v1/payments/:id` as OpenAPI has it. */
function templateOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

function operationOf(spec: RouteSpec): Json {
  const signed = spec.signedBody === true;
  const roles = signed ? null : `Roles: ${WHO_MAY[spec.operation].join(', ')}.`;
  const description = [spec.description, roles].filter((text) => typeof text === 'string');
  return {
    operationId: spec.operation,
    tags: [spec.tag],
    summary: spec.summary,
    description: description.join('\n\n'),
    ...(signed && { security: [] }),
    parameters: parametersOf(spec),
    ...(spec.body !== null && {
      requestBody: {
        required: spec.bodyOptional !== true,
        content: { 'application/json': { schema: bodySchemaOf(spec.body) } },
      },
    }),
    responses: { ...answersOf(spec), ...problemsOf(spec) },
  };
}

function parametersOf(spec: RouteSpec): Json[] {
  const path = [...spec.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name: name ?? '',
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const query = Object.entries(spec.query.shape).map(([name, schema]) =>
    parameterSchema(name, schema as z.ZodType),
  );
  return [...path, ...query, ...headerParametersOf(spec)];
}

function headerParametersOf(spec: RouteSpec): Json[] {
  const text = { type: 'string' };
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      spec.idempotencyKey === 'required'
        ? 'Needed, unless this is a dry run. A key of your own, the same when you repeat the request.'
        : 'A key of your own, the same when you repeat the request.',
    schema: { ...text, minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
  };
  const ifMatch = { name: 'If-Match', in: 'header', required: false, schema: text };
  const note = { description: 'ETag of it as you know it; another revision is 412.' };
  return [
    ...(spec.idempotencyKey === undefined ? [] : [key]),
    ...(spec.ifMatch === true ? [{ ...ifMatch, ...note }] : []),
  ];
}

function answersOf(spec: RouteSpec): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(spec.answers).map(([status, answer]) => [status, answerOf(answer)]),
  );
}

function answerOf({ description, body, csv, headers = [] }: AnswerSpec): Json {
  return {
    description,
    ...(headers.length > 0 && { headers: headersOf(headers) }),
    ...(body !== null && {
      content: {
        'application/json': { schema: refOf(body) },
        ...(csv === true && { 'text/csv': { schema: { type: 'string' } } }),
      },
    }),
  };
}

function headersOf(names: readonly (AnswerHeader | 'Retry-After')[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Codes of problems by status: those of every route, of every body, and of the route itself. */
function problemsOf(spec: RouteSpec): Record<string, Json> {
  const isOpenToAll = WHO_MAY[spec.operation].length === ALL_ROLES;
  const { 403: forbidden, ...common } = COMMON_REFUSALS;
  const { 400: _malformed, ...ofBytes } = BODY_REFUSALS;
  const behindKey = isOpenToAll ? common : { ...common, 403: forbidden };
  const sources: Readonly<Record<number, readonly string[]>>[] = [
    spec.signedBody === true ? SIGNED_REFUSALS : behindKey,
    spec.method === 'DELETE' ? DELETE_REFUSALS : {},
    spec.body === null ? {} : spec.signedBody === true ? ofBytes : BODY_REFUSALS,
    spec.refusals,
  ];
  const codes: Record<string, string[]> = {};
  for (const source of sources) {
    for (const [status, more] of Object.entries(source)) (codes[status] ??= []).push(...more);
  }
  return Object.fromEntries(
    Object.entries(codes).map(([status, names]) => [status, problemAnswer(status, names)]),
  );
}

const ALL_ROLES = 5;
const WAITING = new Set(['409', '429', '503']);

function problemAnswer(status: string, codes: readonly string[]): Json {
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    ...(WAITING.has(status) && { headers: headersOf(['Retry-After']) }),
    content: { 'application/problem+json': { schema: refOf(COMPONENTS.Problem) } },
  };
}
