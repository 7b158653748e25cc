import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { firstAnswer } from './answers.js';
import type { OperationName } from './books.js';
import type { OperationRequest } from './operation-request.js';
import {
  amountShape,
  currencyShape,
  gatewayNameShape,
  keyShape,
  paymentIdShape,
  referenceShape,
  sentenceOf,
  tokenShape,
} from './request-shapes.js';
import type { ServerParts } from './server-parts.js';
import type { Simulator } from './simulator.js';
import { behaviourOf } from './tokens.js';
import { answer, deliver, problem, throughFaults, type WireAnswer } from './wire.js';

const SLOW_ANSWER_MS = 3_000;
const MISBEHAVED_KEYS_MAX = 100_000;
const HTTP_STATUS_OF_REFUSALS = { unknown_reference: 404, currency_mismatch: 422, key_used: 422 };

const charge = z.strictObject({
  payment_id: paymentIdShape,
  amount: amountShape,
  currency: currencyShape,
  payment_method: z.strictObject({
    type: z.string().regex(/^[a-z_]{1,32}$/, 'must be a kind of payment method'),
    token: tokenShape,
  }),
});
const onReference = z.strictObject({
  payment_id: paymentIdShape,
  reference: referenceShape,
  amount: amountShape,
  currency: currencyShape,
});
const capture = onReference.extend({ final: z.boolean('must be true or false').default(false) });
const release = z
  .strictObject({
    payment_id: paymentIdShape,
    reference: referenceShape.nullable().default(null),
    authorization_key: keyShape.nullable().default(null),
  })
  .refine(
    (body) => body.reference !== null || body.authorization_key !== null,
    'must name the authorization by its reference or its authorization_key',
  );

type Body = Omit<OperationRequest, 'gateway' | 'operation' | 'key'>;
type Read = (body: unknown) => Body;

const ROUTES: readonly { path: string; operation: OperationName; read: Read }[] = [
  { path: 'authorizations', operation: 'authorize', read: readCharge },
  { path: 'purchases', operation: 'purchase', read: readCharge },
  { path: 'captures', operation: 'capture', read: readCapture },
  { path: 'increments', operation: 'increment', read: readOnReference },
  { path: 'refunds', operation: 'refund', read: readOnReference },
  { path: 'voids', operation: 'void', read: readRelease },
];

/** The calls that move money: `POST /{gateway}/purchases` and its like, each under an `Idempotency-Key`. */
export function registerOperationRoutes(app: FastifyInstance, parts: ServerParts): void {
  const desk = new OperationDesk(parts.simulator);
  for (const { path, operation, read } of ROUTES) {
    app.post(`/:gateway/${path}`, async (request, reply) => {
      const parsed = parseCall(request, operation, read);
      if (typeof parsed === 'string') {
        return deliver({ request, reply }, problem(400, 'invalid_request', parsed));
      }
      const faults = parts.simulator.faults(parsed.gateway);
      const exchange = { request, reply, faults, random: parts.random };
      const name = nameOf(parsed);
      if (!desk.begin(name)) {
        return deliver(exchange, problem(409, 'key_in_use', 'a call with this key still runs'));
      }
      try {
        return await throughFaults(exchange, async () => {
          const answered = await desk.handle(parsed, parts.baseUrlOf(request));
          parts.countCall(operation, answered.type === 'answer' ? 'answered' : 'misbehaved');
          return answered;
        });
      } finally {
        desk.end(name);
      }
    });
  }
}

/** Knows which keys run just now, and which ones have misbehaved already. */
class OperationDesk {
  readonly #running = new Set<string>();
  readonly #misbehaved = new Set<string>();

  constructor(private readonly simulator: Simulator) {}

  begin(name: string): boolean {
    if (this.#running.has(name)) return false;
    this.#running.add(name);
    return true;
  }

  end(name: string): void {
    this.#running.delete(name);
  }

  async handle(call: OperationRequest, baseUrl: string): Promise<WireAnswer> {
    const misbehaviour = this.#misbehaviourOf(call);
    if (misbehaviour === 'hang_before_effect') return { type: 'hang' };
    if (misbehaviour === 'slow') await wait(SLOW_ANSWER_MS, undefined, { ref: false });
    const performed = await this.simulator.perform(call);
    if (performed.type === 'refused') {
      const { code, message } = performed;
      return problem(HTTP_STATUS_OF_REFUSALS[code], wireCode(code), message);
    }
    if (misbehaviour === 'hang_after_effect') return { type: 'hang' };
    if (misbehaviour === 'error_after_effect') return { type: 'error' };
    if (misbehaviour === 'reset_after_effect') return { type: 'reset' };
    return answer(200, firstAnswer(performed.operation, baseUrl));
  }

  /** Only the first call of a key goes wrong; the second finds it remembered here, or its operation in the books. */
  #misbehaviourOf(call: OperationRequest) {
    if (call.token === null) return 'none';
    const { misbehaviour } = behaviourOf(call.token);
    if (misbehaviour === 'none') return 'none';
    if (this.simulator.find(call.gateway, call.key) !== undefined) return 'none';
    const name = nameOf(call);
    if (this.#misbehaved.delete(name)) return 'none';
    if (misbehaviour !== 'hang_before_effect') return misbehaviour;
    this.#misbehaved.add(name);
    if (this.#misbehaved.size > MISBEHAVED_KEYS_MAX) this.#forgetOldest();
    return misbehaviour;
  }

  #forgetOldest(): void {
    for (const name of this.#misbehaved) {
      this.#misbehaved.delete(name);
      return;
    }
  }
}

/** The call, or the sentence that refuses it. */
function parseCall(
  request: FastifyRequest,
  operation: OperationName,
  read: Read,
): OperationRequest | string {
  // reason: the route's path has this parameter
  const { gateway } = request.params as { gateway: string };
  const name = gatewayNameShape.safeParse(gateway);
  if (!name.success) return sentenceOf(name.error, 'the name of the gateway');
  const key = keyShape.safeParse(request.headers['idempotency-key']);
  if (!key.success) return sentenceOf(key.error, 'the header Idempotency-Key');
  try {
    // Name by name, which is many times as fast as copying.
    const body = read(request.body);
    return {
      gateway,
      operation,
      key: key.data,
      paymentId: body.paymentId,
      amount: body.amount,
      currency: body.currency,
      token: body.token,
      reference: body.reference,
      authorizationKey: body.authorizationKey,
      final: body.final,
    };
  } catch (error) {
    if (error instanceof z.ZodError) return sentenceOf(error);
    throw error;
  }
}

function readCharge(body: unknown): Body {
  const { payment_id, amount, currency, payment_method } = charge.parse(body);
  return bodyOf({ payment_id, amount, currency, token: payment_method.token });
}

function readCapture(body: unknown): Body {
  return bodyOf(capture.parse(body));
}

function readOnReference(body: unknown): Body {
  return bodyOf(onReference.parse(body));
}

function readRelease(body: unknown): Body {
  return bodyOf(release.parse(body));
}

type Named = Partial<Omit<Body, 'paymentId' | 'authorizationKey'>> & {
  readonly payment_id: string;
  readonly authorization_key?: string | null;
};

/** In our names; what an operation does not name is nothing. */
function bodyOf(named: Named): Body {
  const { amount = 0n, currency = null, token = null, reference = null, final = false } = named;
  const { payment_id: paymentId, authorization_key: authorizationKey = null } = named;
  return { paymentId, amount, currency, token, reference, authorizationKey, final };
}

function wireCode(code: keyof typeof HTTP_STATUS_OF_REFUSALS): string {
  return code === 'key_used' ? 'key_used_with_other_content' : code;
}

function nameOf(call: OperationRequest): string {
  return `${call.gateway} ${call.key}`;
}
