import type { z } from 'zod';
import type { OperationId } from '../access-table.js';

/** What a route is, said once: it registers the route, validates its input and documents it. */
export interface RouteSpec {
  readonly operation: OperationId;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Fastify's form: `/v1/payments/:id`. */
  readonly path: string;
  readonly tag: 'Payments' | 'Gateways' | 'Routing' | 'Log' | 'Reports' | 'Operations' | 'Keys';
  readonly summary: string;
  readonly description?: string;
  readonly query: z.ZodObject;
  /** null: the route takes no body. */
  readonly body: z.ZodType | null;
  /** No body at all counts as `{}`. */
  readonly bodyOptional?: boolean;
  /** The body reaches the route as its bytes; a signature over them stands for the key. */
  readonly signedBody?: boolean;
  /** Numbers of the body may have a fraction: rates and weights. Money never has. */
  readonly decimals?: boolean;
  readonly idempotencyKey?: 'required' | 'optional';
  readonly ifMatch?: boolean;
  /** By status. */
  readonly answers: Readonly<Record<number, AnswerSpec>>;
  /** Codes of problems by status, beside those that every route has. */
  readonly refusals: Readonly<Record<number, readonly string[]>>;
}

export interface AnswerSpec {
  readonly description: string;
  /** null: no body. */
  readonly body: z.ZodType | null;
  readonly csv?: boolean;
  readonly headers?: readonly AnswerHeader[];
}

export type AnswerHeader = 'ETag' | 'Tillstream-Position' | 'Idempotency-Replayed' | 'Location';

/** Problems of every route behind a key. */
export const COMMON_REFUSALS = {
  400: ['VALIDATION_FAILED', 'CARD_DATA_REFUSED'],
  401: ['UNAUTHENTICATED'],
  403: ['FORBIDDEN'],
  429: ['RATE_LIMITED', 'TOO_MANY_IN_FLIGHT'],
  503: ['STORE_UNAVAILABLE'],
} as const;

/** Problems of every route whose caller proves itself by a signature. */
export const SIGNED_REFUSALS = { 503: ['STORE_UNAVAILABLE'] } as const;

/** Problems of every route that takes a body. */
export const BODY_REFUSALS = {
  400: ['MALFORMED_JSON'],
  413: ['BODY_TOO_LARGE'],
  415: ['UNSUPPORTED_MEDIA_TYPE'],
} as const;

/** What comes with a DELETE is not looked at, but it is bounded. */
export const DELETE_REFUSALS = { 413: ['BODY_TOO_LARGE'] } as const;
