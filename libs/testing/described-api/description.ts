import { ROLES, type Role } from '../../access/role.js';

/** A JSON schema as the description holds it. */
export type Schema = Readonly<Record<string, unknown>>;

export interface DescribedParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
}

export interface DescribedAnswer {
  /** By media type; empty: no body. */
  readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  readonly headers: readonly string[];
  /** Of problems: the codes that the description names. */
  readonly codes: readonly string[];
}

/** One operation of an OpenAPI document: whoever walks over these covers a new route the day it is documented. */
export interface DescribedOperation {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With its parameters in braces. */
  readonly path: string;
  readonly parameters: readonly DescribedParameter[];
  /** null: the operation takes no body. */
  readonly body: { readonly required: boolean; readonly schema: Schema } | null;
  /** By status. */
  readonly answers: ReadonlyMap<number, DescribedAnswer>;
  /** Who may call it; empty: whoever has no key. */
  readonly roles: readonly Role[];
}

export interface Description {
  readonly operations: readonly DescribedOperation[];
  /** Named schemas. */
  readonly schemas: Readonly<Record<string, Schema>>;
}

export function descriptionOf(document: unknown): Description {
  // The document was linted: it has the shape that OpenAPI asks for.
  const { paths, components } = document as Document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationOf(path, method, operation)),
  );
  return { operations, schemas: components.schemas };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface RawOperation {
  readonly operationId: string;
  readonly description: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly DescribedParameter[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly content?: DescribedAnswer['content'];
        readonly headers?: object;
      }
    >
  >;
}

function operationOf(path: string, method: string, raw: RawOperation): DescribedOperation {
  const { requestBody, responses } = raw;
  const json = requestBody?.content['application/json'];
  return {
    id: raw.operationId,
    method: method.toUpperCase() as DescribedOperation['method'], // reason: the routes have no other
    path,
    parameters: raw.parameters ?? [],
    body: json === undefined ? null : { required: requestBody?.required === true, ...json },
    answers: new Map(
      Object.entries(responses).map(([status, { description, content = {}, headers = {} }]) => [
        Number(status),
        {
          content,
          headers: Object.keys(headers),
          codes: [...description.matchAll(/`([A-Z_0-9]+)`/g)].map(([, code]) => code ?? ''),
        },
      ]),
    ),
    roles: raw.security?.length === 0 ? [] : rolesIn(raw.description),
  };
}

/** The description says it in words: `Roles: merchant, operator.` */
function rolesIn(description: string): readonly Role[] {
  const named = /Roles: ([a-z, ]+)\./.exec(description)?.[1]?.split(', ') ?? [];
  const roles = ROLES.filter((role) => named.includes(role));
  if (roles.length === 0) throw new Error(`no role is named: ${description}`);
  return roles;
}
