import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { DescribedAnswer, DescribedOperation, Description, Schema } from './description.js';

/** What came back for a request. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

export type Judge = (operation: DescribedOperation, answer: Answer) => readonly string[];

const NAMED = '#/components/schemas/';
const PROBLEM_TYPE = 'application/problem+json';
const MUST_SAY_WHEN = new Set([429, 503]);

/** Says what of an answer is not as described: status, content type, body, code of a problem. Empty: all of it is. */
export function judgeOf(description: Description): Judge {
  const bodyFits = bodyChecksOf(description);
  return (operation, answer) => {
    const described = operation.answers.get(answer.status);
    const complaints: string[] = [];
    if (answer.status >= 500 && answer.status !== 503) complaints.push('a fault of ours');
    if (described === undefined) return [...complaints, 'a status that is not described'];
    const type = String(answer.headers['content-type'] ?? '').split(';', 1)[0] ?? '';
    const types = Object.keys(described.content);
    if (types.length === 0) {
      return answer.text === '' ? complaints : [...complaints, 'a body where none is described'];
    }
    const content = described.content[type];
    if (content === undefined) return [...complaints, `content type ${type || 'none'}`];
    if (!type.endsWith('json')) return complaints;
    return [
      ...complaints,
      ...bodyFits(content.schema, answer.text),
      ...(type === PROBLEM_TYPE ? problemFits(described, answer) : []),
    ];
  };
}

function problemFits({ codes }: DescribedAnswer, answer: Answer): readonly string[] {
  const { status, code, correlation_id: id } = JSON.parse(answer.text) as Record<string, unknown>;
  const waits = answer.headers['retry-after'];
  return [
    ...(status === answer.status ? [] : [`status ${String(status)} within the problem`]),
    ...(codes.includes(String(code)) ? [] : [`code ${String(code)} that is not described`]),
    ...(typeof id === 'string' && id !== '' ? [] : ['no correlation id']),
    ...(MUST_SAY_WHEN.has(answer.status) && waits === undefined ? ['no Retry-After'] : []),
  ];
}

/** Whether a value fits a schema of the description. */
export function schemaChecks(
  description: Description,
): (schema: Schema) => ValidateFunction<unknown> {
  const ajv = ajvWith(description, (schema) => schema);
  const known = new WeakMap<Schema, ValidateFunction<unknown>>();
  return (schema) => {
    const check = known.get(schema) ?? ajv.compile(pointed(schema) as Schema);
    known.set(schema, check);
    return check;
  };
}

function bodyChecksOf(description: Description) {
  const ajv = ajvWith(description, closed);
  const known = new WeakMap<Schema, ValidateFunction<unknown>>();
  return (schema: Schema, text: string): readonly string[] => {
    const check = known.get(schema) ?? ajv.compile(pointed(closed(schema)) as Schema);
    known.set(schema, check);
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return ['a body that is no JSON'];
    }
    if (check(body)) return [];
    return (check.errors ?? []).map(
      ({ instancePath, message }) => `body ${instancePath || '/'} ${message}`,
    );
  };
}

function ajvWith(description: Description, change: (schema: Schema) => Schema): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  // Its types describe the CommonJS form, which Node gives as the default of the default.
  const add = addFormats as unknown as { default?: (ajv: Ajv2020) => void };
  (add.default ?? (addFormats as unknown as (ajv: Ajv2020) => void))(ajv);
  for (const [name, schema] of Object.entries(description.schemas)) {
    ajv.addSchema(pointed(change(schema)) as Schema, `schema:${name}`);
  }
  return ajv;
}

/** The same with references that ajv finds: the document's own pointers lead into the document. */
function pointed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(pointed);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([name, inner]) =>
      name === '$ref' && typeof inner === 'string'
        ? [name, inner.replace(NAMED, 'schema:')]
        : [name, pointed(inner)],
    ),
  );
}

/** Answers hold what is described and nothing else, though clients must be ready for more. */
function closed(schema: Schema): Schema {
  return closedAny(schema) as Schema;
}

function closedAny(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closedAny);
  if (typeof schema !== 'object' || schema === null) return schema;
  const all = Object.fromEntries(
    Object.entries(schema).map(([name, inner]) => [name, closedAny(inner)]),
  );
  const open = 'properties' in all && all['type'] === 'object' && !('additionalProperties' in all);
  return open ? { ...all, additionalProperties: false } : all;
}
