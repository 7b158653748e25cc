import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { DescribedOperation, Description, Schema } from './description.js';
import type { Sent } from './exchange.js';
import { valuesOf } from './inputs.js';

const MEANINGFUL = { currency: ['EUR'], token: ['tok_approve'], amount: [2_000] };

/** A request that could be answered, with nothing in it but what must be there. */
export function requestTo(
  description: Description,
  operation: DescribedOperation,
  ids: { readonly id: string; readonly name?: string },
): Omit<Sent, 'key'> {
  const needed = operation.parameters.filter((one) => one.in === 'query' && one.required);
  return {
    path: { name: 'alpha', ...ids },
    headers: operation.method === 'POST' ? { 'Idempotency-Key': randomUUID() } : {},
    query: Object.fromEntries(
      needed.map(({ name }) => [name, name === 'currency' ? 'EUR' : 'cus_of_nobody']),
    ),
    body: smallestBody(description, operation),
  };
}

/** `path id`, `query cursor`, `header If-Match`, `body customer_id`: all places of a request that take something. */
export function placesOf(
  description: Description,
  operation: DescribedOperation,
): readonly string[] {
  const named = operation.parameters.map(({ in: where, name }) => `${where} ${name}`);
  const { body } = operation;
  return body === null ? named : [...named, ...propertiesIn(description, body.schema)];
}

function propertiesIn(description: Description, schema: Schema): readonly string[] {
  const whole = resolved(description, schema);
  const properties = Object.entries((whole['properties'] ?? {}) as Record<string, Schema>);
  return properties.flatMap(([name, inner]) => {
    const deeper = resolved(description, inner);
    return deeper['type'] === 'object' && 'properties' in deeper
      ? propertiesIn(description, deeper).map((place) => place.replace('body ', `body ${name}.`))
      : [`body ${name}`];
  });
}

function resolved(description: Description, schema: Schema): Schema {
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined;
  return name === undefined ? schema : (description.schemas[name] ?? {});
}

/** The request with a value at one of its places. */
export function withValue(sent: Sent, place: string, value: string): Sent {
  const [where = '', name = ''] = place.split(' ');
  if (where === 'path') return { ...sent, path: { ...sent.path, [name]: value } };
  if (where === 'query') return { ...sent, query: { ...sent.query, [name]: value } };
  if (where === 'header') return { ...sent, headers: { ...sent.headers, [name]: value } };
  const body = typeof sent.body === 'string' ? (JSON.parse(sent.body) as object) : {};
  return { ...sent, body: JSON.stringify(set(body, name.split('.'), value)) };
}

function set(body: object, [step = '', ...rest]: readonly string[], value: string): object {
  const inner = (body as Record<string, object | undefined>)[step] ?? {};
  return { ...body, [step]: rest.length === 0 ? value : set(inner, rest, value) };
}

/** Made once for each operation: some schemas are large. */
const SMALLEST = new WeakMap<DescribedOperation, string>();

/** undefined where the operation takes none. */
function smallestBody(description: Description, operation: DescribedOperation): string | undefined {
  const { body } = operation;
  if (body === null) return undefined;
  const known = SMALLEST.get(operation);
  if (known !== undefined) return known;
  const source = { schemas: description.schemas, meaningful: MEANINGFUL };
  const values = valuesOf(source, onlyRequired(description, body.schema));
  const [value] = fc.sample(values, { seed: 1, numRuns: 1 });
  const text = JSON.stringify(value);
  SMALLEST.set(operation, text);
  return text;
}

function onlyRequired(description: Description, schema: Schema): Schema {
  const whole = resolved(description, schema);
  const required = (whole['required'] ?? []) as string[];
  const properties = Object.entries((whole['properties'] ?? {}) as Record<string, Schema>);
  const kept = properties.filter(([name]) => required.includes(name));
  return {
    ...whole,
    properties: Object.fromEntries(
      kept.map(([name, inner]) => [name, onlyRequired(description, inner)]),
    ),
  };
}
