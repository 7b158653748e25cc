import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from '../../../libs/access/authenticator.js';
import type { Principal } from '../../../libs/access/role.js';
import type { Clock } from '../../../libs/platform/clock.js';
import { Problem } from '../../../libs/platform/problem.js';
import { mayCall } from '../access-table.js';
import { callContextOf, tellCall } from './call-context.js';
import type { MethodTable } from './method-table.js';
import { PROBLEMS } from './problems.js';
import type { RateLimits } from './rate-limits.js';
import type { RequestsInFlight } from './requests-in-flight.js';
import { refuseCardDataInHead } from './validation.js';

const BEARER = /^bearer +(\S+)$/i;

/**
 * What every request passes before its body is read, in this order: ids, the path, the key, what it has running, its
 * rate, its role. One hook, and no promise where the key is remembered: this is on the path of every request.
 */
export class Gate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly limits: { readonly rate: RateLimits; readonly inFlight: RequestsInFlight },
    private readonly clock: Clock,
    private readonly methods: MethodTable,
  ) {}

  readonly onRequest = (
    request: FastifyRequest,
    reply: FastifyReply,
    done: (error?: Error) => void,
  ): Promise<void> | undefined => {
    request.call = callContextOf(request, this.clock.monotonicMs());
    tellCall(reply, request.call);
    try {
      const passing = this.pass(request, reply);
      // Fastify goes on by itself when a promise is returned.
      if (passing === undefined) done();
      return passing;
    } catch (error) {
      done(error as Error); // reason: nothing here throws anything else
      return undefined;
    }
  };

  private pass(request: FastifyRequest, reply: FastifyReply): Promise<void> | undefined {
    if (isAmbiguous(request)) throw new Problem(PROBLEMS.BAD_REQUEST);
    if (request.is404) throw noSuchRoute(this.methods.allowed(request.url));
    // Routes without a key: health, the API's description, what gateways send.
    const { spec } = request.routeOptions.config;
    if (isEncoded(request) && spec?.body !== null) throw new Problem(PROBLEMS.NOT_JSON);
    if (spec === undefined || spec.signedBody === true) return undefined;
    const text = BEARER.exec(request.headers.authorization ?? '')?.[1];
    const principal = text === undefined ? null : this.authenticator.authenticate(text);
    if (principal instanceof Promise) {
      return principal.then((found) => this.enter(found, request, reply));
    }
    return this.enter(principal, request, reply);
  }

  private enter(
    principal: Principal | null,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> | undefined {
    if (principal === null) throw notAuthenticated();
    request.call.principal = principal;
    if (this.limits.inFlight.appliesTo(principal)) {
      request.call.place = this.limits.inFlight.enter(principal, reply.raw);
    }
    if (!this.limits.rate.applyTo(principal)) {
      admit(principal, request);
      return undefined;
    }
    return this.limits.rate.count(principal, reply).then(() => admit(principal, request));
  }
}

function admit(principal: Principal, request: FastifyRequest): void {
  const { spec } = request.routeOptions.config;
  if (spec !== undefined && !mayCall(principal.role, spec.operation)) {
    throw new Problem({
      status: 403,
      code: 'FORBIDDEN',
      detail: `The role ${principal.role} may not do this.`,
    });
  }
  refuseCardDataInHead(request);
}

/** A proxy before us may see another end of its body, or another host: request smuggling (RFC 9112, 3.2 and 6.1). */
function isAmbiguous({ raw, headers }: FastifyRequest): boolean {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return true;
  const hosts = hostsIn(raw.rawHeaders);
  return hosts > 1 || (hosts === 0 && raw.httpVersion === '1.1');
}

/** Counted in the raw list, where names and values alternate: `headers` keeps only the first of several. */
function hostsIn(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}

function isEncoded(request: FastifyRequest): boolean {
  const encoding = request.headers['content-encoding'];
  return encoding !== undefined && encoding.toLowerCase() !== 'identity';
}

function notAuthenticated(): Problem {
  return new Problem({
    status: 401,
    code: 'UNAUTHENTICATED',
    detail: 'Send a valid key: Authorization: Bearer tsk_...',
    headers: { 'www-authenticate': 'Bearer realm="tillstream"' },
  });
}

function noSuchRoute(methods: readonly string[]): Problem {
  if (methods.length === 0) return new Problem(PROBLEMS.NOT_FOUND);
  return new Problem({
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    detail: 'The path does not take this method.',
    headers: { allow: methods.join(', ') },
  });
}
