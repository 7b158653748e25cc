import Stripe from 'stripe';
import type { Dispatcher } from 'undici';
import type { Secret } from '../../platform/secret.js';
import {
  type GatewayAnswer,
  type GatewayCall,
  type GatewayCapabilities,
  GatewayUnreachable,
  type GatewayWord,
  type IncomingWebhook,
  PaymentGateway,
  type WebhookReading,
} from '../payment-gateway.js';
import {
  answerOfAttempt,
  answerOfCapture,
  answerOfIncrement,
  answerOfRefund,
  answerOfVoid,
  notReleased,
  unknown,
} from './stripe-answers.js';
import { findIntent, retrieveIntent, stripeClient, timeLeft, type TimeLeft } from './stripe-api.js';
import {
  cancelParams,
  captureParams,
  createParams,
  incrementParams,
  isReference,
  refundParams,
  type StripeFeatures,
} from './stripe-calls.js';
import { faultOf, type StripeFault } from './stripe-errors.js';
import { type FactsPage, readFeed } from './stripe-feed.js';
import { lookUp } from './stripe-look-up.js';
import { intentShape, refundShape } from './stripe-shapes.js';
import { isStripeToken } from './stripe-tokens.js';
import { StripeTransport } from './stripe-transport.js';
import { readStripeWebhook } from './stripe-webhook.js';

export const STRIPE_URL = 'https://api.stripe.com';
/** Stripe keeps idempotency keys for at least a day. */
const KEYS_HONOURED_MS = 86_400_000;

export interface StripeGatewayOptions {
  readonly name: string;
  readonly secretKey: Secret;
  /** Signs the webhooks of Stripe's endpoint; null: none is accepted. */
  readonly webhookSecret: Secret | null;
  /** Where Stripe's API is, without `/v1`. */
  readonly baseUrl: string;
  readonly features: StripeFeatures;
  readonly dispatcher?: Dispatcher;
}

type CallOf<Operation> = Extract<GatewayCall, { readonly operation: Operation }>;

/** Stripe's PaymentIntents, through its own library. */
export class StripeGateway extends PaymentGateway {
  readonly name: string;
  readonly capabilities: GatewayCapabilities;
  readonly #stripe: Stripe;
  readonly #transport: StripeTransport;
  readonly #features: StripeFeatures;
  readonly #webhookSecret: Secret | null;

  constructor(options: StripeGatewayOptions) {
    super();
    this.name = options.name;
    this.#features = options.features;
    this.#webhookSecret = options.webhookSecret;
    const basePath = new URL(options.baseUrl).pathname.replace(/\/+$/, '');
    this.#transport = new StripeTransport(basePath, options.dispatcher);
    this.#stripe = stripeClient(options.baseUrl, options.secretKey, this.#transport);
    this.capabilities = {
      purchase: true,
      increment: options.features.incrementalAuthorization,
      multipleCaptures: options.features.multicapture,
      partialRefunds: true,
      keysHonouredForMs: KEYS_HONOURED_MS,
    };
  }

  override async send(call: GatewayCall, timeoutMs: number): Promise<GatewayAnswer> {
    const left = timeLeft(timeoutMs);
    try {
      return await this.#perform(call, left);
    } catch (error) {
      const fault = faultOf(error);
      return fault.type === 'answer' ? fault.answer : await this.#afterState(call, fault, left);
    }
  }

  override async ask(call: GatewayCall, timeoutMs: number): Promise<GatewayWord> {
    try {
      return await lookUp(this.#stripe, call, timeLeft(timeoutMs));
    } catch (error) {
      // Asking is another call than the one asked about: what befalls it says nothing of that one.
      const missing = error instanceof Stripe.errors.StripeError && error.statusCode === 404;
      return missing ? { outcome: 'not_found' } : unknown(reasonOf(error));
    }
  }

  override async facts(cursor: string | null, timeoutMs: number): Promise<FactsPage> {
    try {
      return await readFeed(this.#stripe, cursor, timeLeft(timeoutMs));
    } catch (error) {
      throw new GatewayUnreachable(reasonOf(error));
    }
  }

  override async probe(timeoutMs: number): Promise<boolean> {
    const page = this.#stripe.events.list({ limit: 1 }, { timeout: timeLeft(timeoutMs)() });
    return await page.then(
      () => true,
      // Who refuses the question, or asks for fewer, is there, unless it is our key that is refused.
      (error: unknown) => error instanceof Stripe.errors.StripeError && isThere(error),
    );
  }

  override acceptsToken(token: string): boolean {
    return isStripeToken(token);
  }

  override readWebhook(webhook: IncomingWebhook): WebhookReading {
    if (this.#webhookSecret === null) return { verdict: 'rejected', reason: 'unsupported' };
    return readStripeWebhook(this.#webhookSecret.reveal(), webhook);
  }

  /** Lets go of its connections. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #perform(call: GatewayCall, left: TimeLeft): Promise<GatewayAnswer> {
    const { paymentIntents } = this.#stripe;
    const { key: idempotencyKey } = call;
    const options = () => ({ idempotencyKey, timeout: left() });
    switch (call.operation) {
      case 'authorize':
      case 'purchase': {
        const params = createParams(call, this.#features);
        const told = intentShape.safeParse(await paymentIntents.create(params, options()));
        return told.success ? answerOfAttempt(call, told.data) : unreadable();
      }
      case 'capture': {
        if (!isReference(call.reference)) return noReference();
        const params = captureParams(call, this.#features);
        const intent = await paymentIntents.capture(call.reference, params, options());
        const told = intentShape.safeParse(intent);
        return told.success ? answerOfCapture(call, told.data) : unreadable();
      }
      case 'increment': {
        if (!isReference(call.reference)) return noReference();
        const params = incrementParams(call);
        const { reference } = call;
        const intent = await paymentIntents.incrementAuthorization(reference, params, options());
        const told = intentShape.safeParse(intent);
        return told.success ? answerOfIncrement(call, told.data) : unreadable();
      }
      case 'void':
        return await this.#cancel(call, left);
      case 'refund': {
        if (!isReference(call.reference)) return noReference();
        const params = refundParams(call);
        const told = refundShape.safeParse(await this.#stripe.refunds.create(params, options()));
        return told.success ? answerOfRefund(told.data) : unreadable();
      }
    }
  }

  async #cancel(call: CallOf<'void'>, left: TimeLeft): Promise<GatewayAnswer> {
    const found = await this.#authorizationOf(call, left);
    if (typeof found !== 'string') return found;
    const options = { idempotencyKey: call.key, timeout: left() };
    const intent = await this.#stripe.paymentIntents.cancel(found, cancelParams(), options);
    const told = intentShape.safeParse(intent);
    return told.success ? answerOfVoid(told.data) : unreadable();
  }

  /** Where only the key of the authorization is known, its payment is looked for first; nothing is sent before. */
  async #authorizationOf(call: CallOf<'void'>, left: TimeLeft): Promise<string | GatewayAnswer> {
    if (call.reference !== null)
      return isReference(call.reference) ? call.reference : noReference();
    try {
      const intent = await findIntent(this.#stripe, call.authorizationKey, left);
      if (intent !== null) return intent.id;
    } catch (error) {
      return notSent(`the authorization was not found: ${reasonOf(error)}`);
    }
    return notSent('the authorization is not to be found');
  }

  /** A refusal that the payment's own state led to: maybe an earlier send of this very call made it so. */
  async #afterState(
    call: GatewayCall,
    fault: StripeFault & { readonly type: 'state' },
    left: TimeLeft,
  ): Promise<GatewayAnswer> {
    const { message } = fault;
    const refused = { outcome: 'refused', reason: 'rejected', message } as const;
    if (call.operation === 'authorize' || call.operation === 'purchase') return refused;
    try {
      const reference = fault.intent?.id ?? call.reference;
      if (!isReference(reference)) return refused;
      const intent = await retrieveIntent(this.#stripe, reference, left);
      if (call.operation === 'void') return { ...notReleased(intent), message };
      const word = await lookUp(this.#stripe, { ...call, reference }, left);
      if (word.outcome !== 'not_found') return word;
      const gone = call.operation !== 'refund' && notReleased(intent).authorizationGone;
      return { ...notReleased(intent), message, authorizationGone: gone };
    } catch (error) {
      return unknown(`${message}; then ${reasonOf(error)}`);
    }
  }
}

function isThere({ statusCode }: { readonly statusCode?: number | undefined }): boolean {
  return statusCode === 400 || statusCode === 404 || statusCode === 429;
}

function unreadable(): GatewayAnswer {
  return unknown('the answer can not be read');
}

function noReference(): GatewayAnswer {
  const message = 'not sent: this is no reference of Stripe';
  return { outcome: 'refused', reason: 'rejected', message };
}

function notSent(message: string): GatewayAnswer {
  return { outcome: 'refused', reason: 'not_sent', message };
}

function reasonOf(error: unknown): string {
  const fault = faultOf(error);
  if (fault.type === 'state') return fault.message;
  return 'message' in fault.answer ? fault.answer.message : 'failed';
}
