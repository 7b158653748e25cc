import fc, { type Arbitrary } from 'fast-check';
import type { Description, Schema } from './description.js';

const ARRAY_ITEMS_MAX = 4;
const TEXT_CHARS_MAX = 40;
/** How often a schema that holds itself is followed. */
const DEPTH_MAX = 2;

/** What values are made from. */
export interface Source extends Pick<Description, 'schemas'> {
  /** Values that mean something, by the names of properties; their schemas alone would hardly ever give one. */
  readonly meaningful: Readonly<Record<string, readonly unknown[]>>;
}

/** Values that fit a schema of the description, as JSON has them. */
export function valuesOf(source: Source, schema: Schema, depth = 0): Arbitrary<unknown> {
  const again = (inner: unknown) => valuesOf(source, inner as Schema, depth);
  if (typeof schema['$ref'] === 'string') {
    const name = schema['$ref'].split('/').at(-1) ?? '';
    const named = source.schemas[name];
    if (named === undefined) throw new Error(`the description has no schema ${name}`);
    return valuesOf(source, named, depth + 1);
  }
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  if (Array.isArray(schema['anyOf'])) return fc.oneof(...schema['anyOf'].map(again));
  switch (schema['type']) {
    case 'object':
      return objectsOf(source, schema, depth);
    case 'array':
      return arraysOf(source, schema, depth);
    case 'string':
      return textsOf(schema);
    case 'integer':
    case 'number':
      return fc.integer(range(schema));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function objectsOf(source: Source, schema: Schema, depth: number): Arbitrary<unknown> {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
  const required = (schema['required'] ?? []) as string[];
  // Where a schema holds itself, only what must be there is followed at the end.
  const kept = properties.filter(([name]) => depth < DEPTH_MAX || required.includes(name));
  const fields = fc.record(
    Object.fromEntries(
      kept.map(([name, inner]) => [
        name,
        propertiesOf(source, name, valuesOf(source, inner, depth)),
      ]),
    ),
    { requiredKeys: required },
  );
  const more = schema['additionalProperties'];
  if (typeof more !== 'object' || more === null || kept.length > 0) return fields;
  const names = valuesOf(source, (schema['propertyNames'] ?? { type: 'string' }) as Schema, depth);
  const entries = fc.array(
    fc.tuple(names as Arbitrary<string>, valuesOf(source, more as Schema, depth)),
    {
      maxLength: ARRAY_ITEMS_MAX,
    },
  );
  return entries.map((all) => Object.fromEntries(all.filter(([name]) => name !== '__proto__')));
}

function propertiesOf(
  { meaningful }: Source,
  name: string,
  values: Arbitrary<unknown>,
): Arbitrary<unknown> {
  const known = meaningful[name];
  if (known === undefined) return values;
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, values);
}

function arraysOf(source: Source, schema: Schema, depth: number): Arbitrary<unknown> {
  if (Array.isArray(schema['prefixItems'])) {
    return fc.tuple(...schema['prefixItems'].map((item: Schema) => valuesOf(source, item, depth)));
  }
  const minLength = (schema['minItems'] ?? 0) as number;
  const most = Math.min((schema['maxItems'] ?? ARRAY_ITEMS_MAX) as number, ARRAY_ITEMS_MAX);
  const maxLength = Math.max(minLength, depth < DEPTH_MAX ? most : 0);
  const items = valuesOf(source, (schema['items'] ?? {}) as Schema, depth);
  return fc.array(items, { minLength, maxLength });
}

function textsOf(schema: Schema): Arbitrary<string> {
  const { pattern, format } = schema as { pattern?: string; format?: string };
  if (format === 'date-time') {
    const noInvalidDate = true;
    const bounds = { min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate };
    return fc.date(bounds).map((date) => date.toISOString());
  }
  if (format === 'ipv4') return fc.ipV4();
  if (format === 'ipv6') return fc.constantFrom('::1', '2001:db8::8a2e:370:7334', 'fe80::1');
  if (format === 'email') return fc.stringMatching(/^[a-z]{1,12}@[a-z]{1,8}\.org$/);
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const minLength = (schema['minLength'] ?? 0) as number;
  const maxLength = Math.min((schema['maxLength'] ?? TEXT_CHARS_MAX) as number, TEXT_CHARS_MAX);
  // Whole characters only: half of a surrogate pair is no text, and U+0000 is refused.
  return fc
    .string({ unit: 'grapheme', minLength, maxLength })
    .map((text) => text.replaceAll('\0', ' ') || 'x'.repeat(minLength));
}

function range(schema: Schema): { min: number; max: number } {
  const bounds = schema as { minimum?: number; maximum?: number; exclusiveMinimum?: number };
  const least = bounds.exclusiveMinimum === undefined ? -1_000 : bounds.exclusiveMinimum + 1;
  return { min: bounds.minimum ?? least, max: bounds.maximum ?? 1_000_000 };
}
