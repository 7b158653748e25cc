import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../../libs/access/role.js';
import { hasCardDataAnywhere } from '../../../libs/platform/card-data.js';
import { newCorrelationId } from '../../../libs/platform/ids.js';
import type { PlaceInFlight } from './requests-in-flight.js';
import type { RouteSpec } from './route-spec.js';

/** What is known of a request from its head on. */
export interface CallContext {
  /** As it goes back in X-Request-Id. */
  readonly requestId: string;
  /** The id of the trace, else the request's own id. */
  readonly correlationId: string;
  /** The W3C trace context that goes back; null where none came. */
  readonly traceparent: string | null;
  readonly startedAtMs: number;
  /** Set once the key is known. */
  principal: Principal | null;
  /** Its place among the requests of its key; null where those are not counted. */
  place: PlaceInFlight | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    call: CallContext;
  }
  interface FastifyContextConfig {
    /** Of every route that the API describes; health and the description itself have none. */
    spec?: RouteSpec;
  }
}

const REQUEST_ID = /^[\w.~:@/+=-]{1,128}$/;
// Version 00 of https://www.w3.org/TR/trace-context/; later versions are read as that one. Ids of nothing but zeros are
// invalid.
const TRACEPARENT =
  /^(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:-|$)/;

/** An id that does not fit, or may hold a card number, is replaced: it would be kept with every event. */
export function callContextOf(request: FastifyRequest, startedAtMs: number): CallContext {
  const given = request.headers['x-request-id'];
  const isPlain = typeof given === 'string' && REQUEST_ID.test(given);
  const requestId = isPlain && !hasCardDataAnywhere(given) ? given : newCorrelationId();
  const trace = traceOf(request.headers['traceparent']);
  return {
    requestId,
    correlationId: trace?.id ?? requestId,
    traceparent: trace && `00-${trace.id}-${randomBytes(8).toString('hex')}-${trace.flags}`,
    startedAtMs,
    principal: null,
    place: null,
  };
}

/** What every answer carries, whatever becomes of the request. */
export function tellCall(reply: FastifyReply, { requestId, traceparent }: CallContext): void {
  reply.header('x-request-id', requestId);
  reply.header('cache-control', 'no-store');
  if (traceparent !== null) reply.header('traceparent', traceparent);
}

function traceOf(header: string | string[] | undefined) {
  if (typeof header !== 'string') return null;
  const [, id, flags] = TRACEPARENT.exec(header) ?? [];
  if (id === undefined || flags === undefined || hasCardDataAnywhere(id)) return null;
  return { id, flags };
}

/** Of a route behind a key; the gate has seen to it. */
export function principalOf(request: FastifyRequest): Principal {
  const { principal } = request.call;
  if (principal === null) throw new Error('a route without a key asked who calls');
  return principal;
}
