import { Agent, type Dispatcher } from 'undici';
import {
  type GatewayAnswer,
  type GatewayCall,
  type GatewayCapabilities,
  type GatewayFact,
  GatewayUnreachable,
  type GatewayWord,
  type IncomingWebhook,
  PaymentGateway,
  type WebhookReading,
} from '../payment-gateway.js';
import { verifyWebhook } from '../../platform/webhook-signature.js';
import { parsedJson } from '../parsed-json.js';
import { exchange, type ExchangeResult, heldOff } from './http-exchange.js';
import {
  answerShape,
  factOf,
  factsShape,
  problemShape,
  webhookFact,
  wireCall,
} from './simulator-wire.js';

const CONNECT_TIMEOUT_MS = 3_000;
const KEEP_ALIVE_TIMEOUT_MS = 30_000;
const ANSWER_MAX_BYTES = 65_536;
const FACTS_MAX_BYTES = 1_048_576;
const FACTS_PAGE_MAX = 500;

/** These 4xx tell of the moment, not of the call: it may have been taken, or be taken yet. */
const UNCLEAR_STATUSES = new Set([408, 425, 499]);
const UNCLEAR_CODES = new Set(['key_in_use', 'key_used_with_other_content']);

/** One named gateway of the gateway simulator, over HTTP. */
export class SimulatorGateway extends PaymentGateway {
  readonly name: string;
  readonly capabilities: GatewayCapabilities = {
    purchase: true,
    increment: true,
    multipleCaptures: true,
    partialRefunds: true,
    // The books never forget a key; a long bound stands in for "always".
    keysHonouredForMs: 30 * 86_400_000,
  };
  readonly #origin: string;
  readonly #path: string;
  readonly #dispatcher: Dispatcher;
  readonly #ownsDispatcher: boolean;
  readonly #webhookSecret: string | null;

  /** @param options.baseUrl of this gateway within the simulator: `http://127.0.0.1:4010/alpha` */
  constructor(options: {
    readonly name: string;
    readonly baseUrl: string;
    /** Signs its webhooks; without it none is accepted. */
    readonly webhookSecret?: string | undefined;
    readonly dispatcher?: Dispatcher;
  }) {
    super();
    const url = new URL(options.baseUrl);
    this.name = options.name;
    this.#origin = url.origin;
    this.#path = url.pathname.replace(/\/+$/, '');
    this.#webhookSecret = options.webhookSecret ?? null;
    this.#ownsDispatcher = options.dispatcher === undefined;
    this.#dispatcher =
      options.dispatcher ??
      new Agent({
        // Without a bound of its own: the bulkhead has it, and calls that hang must leave questions and the feed theirs.
        connections: null,
        // One request at a time on a connection: a reset then breaks one call, not a row of them.
        pipelining: 1,
        keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
        connect: { timeout: CONNECT_TIMEOUT_MS },
      });
  }

  override async send(call: GatewayCall, timeoutMs: number): Promise<GatewayAnswer> {
    const { path, body } = wireCall(call);
    const result = await exchange(this.#dispatcher, {
      origin: this.#origin,
      path: this.#path + path,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': call.key },
      body: JSON.stringify(body),
      timeoutMs,
      answerMaxBytes: ANSWER_MAX_BYTES,
    });
    return meaningOfSend(call, result);
  }

  override async ask(call: GatewayCall, timeoutMs: number): Promise<GatewayWord> {
    const path = `/operations/${encodeURIComponent(call.key)}`;
    return meaningOfAsk(call, await this.#get(path, timeoutMs, ANSWER_MAX_BYTES));
  }

  override async facts(
    cursor: string | null,
    timeoutMs: number,
  ): Promise<{ readonly facts: readonly GatewayFact[]; readonly cursor: string | null }> {
    const after = cursor === null ? '' : `&after=${encodeURIComponent(cursor)}`;
    const path = `/facts?limit=${FACTS_PAGE_MAX}${after}`;
    const result = await this.#get(path, timeoutMs, FACTS_MAX_BYTES);
    if (result.type !== 'answered') throw new GatewayUnreachable(result.message);
    if (result.status !== 200) throw new GatewayUnreachable(`status ${result.status}`);
    const page = factsShape.safeParse(parsedJson(result.body));
    if (!page.success) throw new GatewayUnreachable('the page of facts can not be read');
    return { facts: page.data.data.map(factOf), cursor: page.data.next_cursor ?? cursor };
  }

  override readWebhook(webhook: IncomingWebhook): WebhookReading {
    if (this.#webhookSecret === null) return { verdict: 'rejected', reason: 'unsupported' };
    const verdict = verifyWebhook(webhook, this.#webhookSecret);
    if (verdict !== 'genuine') return { verdict: 'rejected', reason: verdict };
    const fact = webhookFact(parsedJson(webhook.body.toString('utf8')));
    if (fact === null) return { verdict: 'rejected', reason: 'malformed' };
    return fact === 'unknown' ? { verdict: 'nothing' } : { verdict: 'facts', facts: [fact] };
  }

  /** Lets go of its connections; a dispatcher that was given stays open. */
  async close(): Promise<void> {
    if (this.#ownsDispatcher) await this.#dispatcher.destroy();
  }

  #get(path: string, timeoutMs: number, answerMaxBytes: number): Promise<ExchangeResult> {
    return exchange(this.#dispatcher, {
      origin: this.#origin,
      path: this.#path + path,
      method: 'GET',
      headers: {},
      body: null,
      timeoutMs,
      answerMaxBytes,
    });
  }
}

/** Only a clear 4xx, 429 and a request that never left are refusals; whatever else is no clear word is unknown. */
function meaningOfSend(call: GatewayCall, result: ExchangeResult): GatewayAnswer {
  switch (result.type) {
    case 'not_sent':
      return { outcome: 'refused', reason: 'not_sent', message: result.message };
    case 'broken':
      return unknown(result.message);
    case 'answered':
      return meaningOfAnswer(call, result);
  }
}

function meaningOfAnswer(
  call: GatewayCall,
  { status, body, retryAfter }: ExchangeResult & { readonly type: 'answered' },
): GatewayAnswer {
  if (status >= 200 && status < 300) return meaningOfBody(call, body);
  if (status === 429) {
    const message = 'status 429';
    return { outcome: 'refused', reason: 'rate_limited', message, ...heldOff(retryAfter) };
  }
  if (status < 400 || status >= 500 || UNCLEAR_STATUSES.has(status)) {
    return unknown(`status ${status}`);
  }
  const code = problemCode(body);
  // A conflict that doesn't say what it conflicts with may be about the key.
  if (status === 409 && code === null) return unknown('status 409');
  if (code !== null && UNCLEAR_CODES.has(code)) return unknown(code);
  const message = code === null ? `status ${status}` : `status ${status}, ${code}`;
  return { outcome: 'refused', reason: 'rejected', message };
}

/** Asking is another call than the one asked about: what befalls it says nothing of that one. */
function meaningOfAsk(call: GatewayCall, result: ExchangeResult): GatewayWord {
  if (result.type !== 'answered') return unknown(result.message);
  const { status, body } = result;
  if (status >= 200 && status < 300) return meaningOfBody(call, body);
  if (status === 404 && problemCode(body) === 'operation_not_found') {
    return { outcome: 'not_found' };
  }
  return unknown(`status ${status}`);
}

function meaningOfBody(call: GatewayCall, body: string): GatewayAnswer {
  const parsed = answerShape.safeParse(parsedJson(body));
  if (!parsed.success) return unknown('the answer can not be read');
  const told = parsed.data;
  if (told.key !== call.key || told.operation !== call.operation) {
    return unknown('the answer is about another call');
  }
  switch (told.status) {
    case 'approved':
      return {
        outcome: 'approved',
        reference: told.reference,
        amount: told.amount,
        currency: told.currency,
        expiresAt: told.expires_at,
        settled: told.settled,
        authorizationGone: told.authorization_gone,
      };
    case 'declined':
      return {
        outcome: 'declined',
        code: told.decline_code,
        message: told.message,
        authorizationGone: told.authorization_gone,
      };
    case 'requires_action':
      return {
        outcome: 'requires_action',
        reference: told.reference,
        redirectUrl: told.redirect_url,
      };
    case 'pending':
      return { outcome: 'pending', reference: told.reference };
  }
}

function unknown(message: string): GatewayAnswer & { readonly outcome: 'unknown' } {
  return { outcome: 'unknown', message };
}

/** The gateway's own code of a refusal; null where the body has none. */
function problemCode(body: string): string | null {
  const parsed = problemShape.safeParse(parsedJson(body));
  return parsed.success ? parsed.data.error.code : null;
}
