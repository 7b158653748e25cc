import { randomUUID } from 'node:crypto';
import type { CommandBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { actorOf } from '../../../libs/access/role.js';
import { canonicalJson } from '../../../libs/event-store/canonical-json.js';
import type {
  CallAnswer,
  PaymentCall,
  PaymentRequest,
} from '../../../libs/orchestration/payment-calls.js';
import { Problem } from '../../../libs/platform/problem.js';
import { principalOf } from '../http/call-context.js';
import { expectedRevisionOf } from '../http/conditional.js';
import type { Exchange } from '../http/exchange.js';
import type { PlaceInFlight } from '../http/requests-in-flight.js';
import type { RouteSpec } from '../http/route-spec.js';
import { bodyOf, queryOf } from '../http/validation.js';
import { paymentIdIn } from '../queries/payment-reader.js';
import { commandQuery } from '../schemas/queries.schema.js';
import { idempotencyKeyOf, paymentIdFor, scopedKeyHash } from './idempotency-key.js';
import type { KeyedHash } from './installation-secrets.js';
import type { PaymentAnswers } from './payment-answers.js';
import { RunPaymentCall } from './payment.handler.js';

type CommandSpec<Body extends z.ZodType> = RouteSpec & {
  readonly body: Body;
  readonly query: typeof commandQuery;
};

/** Takes a command from its request to the bus, and its answer back. */
export class PaymentCommands {
  private inFlight = 0;

  constructor(
    private readonly bus: CommandBus,
    readonly keyedHash: KeyedHash,
    private readonly answers: PaymentAnswers,
    private readonly inFlightMax: number,
  ) {}

  /** Commands that run now. */
  get running(): number {
    return this.inFlight;
  }

  /** @throws Problem for what is wrong with the request itself */
  async run<Body extends z.ZodType>(
    exchange: Exchange,
    spec: CommandSpec<Body>,
    toRequest: (body: z.output<Body>) => PaymentRequest,
  ): Promise<void> {
    const { request } = exchange;
    const dryRun = queryOf(request, spec).dry_run === 'true';
    // A dry run keeps nothing, so it neither needs nor looks at a key.
    const key = dryRun ? null : idempotencyKeyOf(request, spec);
    const body = bodyOf(request, spec);
    const call = this.callOf(exchange, { key, body, dryRun, request: toRequest(body) });
    const answer = await whileHolding(request.call.place, () => this.execute(call));
    this.answers.send(exchange, answer, call.request.command === 'create');
  }

  private callOf(
    { request }: Exchange,
    given: { key: string | null; body: unknown; dryRun: boolean; request: PaymentRequest },
  ): PaymentCall {
    const { key, body, dryRun } = given;
    const principal = principalOf(request);
    const paymentId =
      given.request.command === 'create'
        ? newPaymentId(given.request.merchantId, key)
        : paymentIdIn(request);
    const path = pathOf(request, paymentId);
    // The body is JSON that its schema has passed.
    const canonical = key === null ? '' : canonicalJson(body);
    return {
      paymentId,
      request: given.request,
      tenant: principal.merchantId,
      actor: actorOf(principal),
      idempotency:
        key === null
          ? null
          : {
              keyHash: scopedKeyHash(principal, { method: request.method, path }, key),
              ...this.keyedHash.ofRequest(canonical),
            },
      correlationId: request.call.correlationId,
      expectedRevision: expectedRevisionOf(request),
      dryRun,
    };
  }

  private async execute(call: PaymentCall): Promise<CallAnswer> {
    if (this.inFlight >= this.inFlightMax) {
      throw new Problem({
        status: 503,
        code: 'TOO_MANY_COMMANDS',
        detail: 'Too many commands are running. Try again with the same Idempotency-Key.',
        retryAfterS: 1,
      });
    }
    this.inFlight++;
    try {
      return await this.bus.execute(new RunPaymentCall(call));
    } finally {
      this.inFlight--;
    }
  }
}

/** A command goes on when its client is gone, so it keeps the request's place among those of the key. */
async function whileHolding<Result>(
  place: PlaceInFlight | null,
  work: () => Promise<Result>,
): Promise<Result> {
  if (place === null) return await work();
  place.hold();
  try {
    return await work();
  } finally {
    place.leave();
  }
}

/** Without a key only a dry run comes this far; its id is never kept. */
function newPaymentId(merchantId: string, key: string | null): string {
  return key === null ? `pay_${randomUUID().replaceAll('-', '')}` : paymentIdFor(merchantId, key);
}

/** The path as its template has it, with the id: other spellings of one path are one path. */
function pathOf(request: FastifyRequest, paymentId: string): string {
  return (request.routeOptions.url ?? '').replace(':id', paymentId);
}
