import { z } from 'zod';
import { nestedConditionSchema } from '../schemas/routing.schema.js';
import { COMPONENTS } from './components.js';

export type Json = Record<string, unknown>;

const REGISTRY = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries(COMPONENTS)) REGISTRY.add(schema, { id });

/** The named schemas, as bodies are sent (defaults may be left out). */
export function componentSchemas(): Json {
  const { schemas } = z.toJSONSchema(REGISTRY, {
    uri: uriOf,
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      tidy(jsonSchema);
      if (zodSchema === nestedConditionSchema) replace(jsonSchema, uriOf('RuleCondition'));
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, schema]) => [id, withoutIds(schema as Json)]),
  );
}

export function refOf(schema: z.ZodType): Json {
  const id = REGISTRY.get(schema)?.id;
  return id === undefined ? inline(schema) : { $ref: uriOf(id) };
}

export const bodySchemaOf = refOf;

/** A parameter of a query. */
export function parameterSchema(name: string, schema: z.ZodType): Json {
  const { description, ...shape } = inline(schema);
  return {
    name,
    in: 'query',
    required: !schema.safeParse(undefined).success,
    ...(description !== undefined && { description }),
    schema: shape,
  };
}

function uriOf(id: string): string {
  return `#/components/schemas/${id}`;
}

/** Schemas without a name: lists of named ones, alternatives, parameters. */
function inline(schema: z.ZodType): Json {
  const definition = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      tidy(jsonSchema);
      const id = REGISTRY.get(zodSchema)?.id;
      if (id === undefined) return;
      replace(jsonSchema, uriOf(id));
    },
  });
  return withoutIds(definition as Json);
}

function replace(jsonSchema: Json, ref: string): void {
  for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
  jsonSchema['$ref'] = ref;
}

function withoutIds({ $schema: _schema, $id: _id, id: _name, ...schema }: Json): Json {
  return schema;
}

/** For readers: a whole number in a query is text to the parser and a number to them. */
function tidy(jsonSchema: Json): void {
  // Zod's patterns of instants and addresses fill half a page; the format says it.
  if ('format' in jsonSchema) delete jsonSchema['pattern'];
  const { integer } = jsonSchema as { integer?: { min: number; max: number } };
  if (integer === undefined) return;
  delete jsonSchema['integer'];
  delete jsonSchema['pattern'];
  Object.assign(jsonSchema, { type: 'integer', minimum: integer.min, maximum: integer.max });
}
