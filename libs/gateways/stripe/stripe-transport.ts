import type Stripe from 'stripe';
import { Agent, type Dispatcher } from 'undici';
import { exchange, type ExchangeResult } from '../simulator/http-exchange.js';

const CONNECT_TIMEOUT_MS = 3_000;
const KEEP_ALIVE_TIMEOUT_MS = 30_000;
const ANSWER_MAX_BYTES = 4_194_304;

/** The only header of an answer that is handed on. */
export const RETRY_AFTER = 'retry-after';

type HttpClient = NonNullable<NonNullable<ConstructorParameters<typeof Stripe>[1]>['httpClient']>;
type HttpResponse = Awaited<ReturnType<HttpClient['makeRequest']>>;

/** Surely no byte of the request left this machine. */
export class StripeNotSent extends Error {}

/** Sent, at least in part, and no answer of Stripe's came back whole: nobody knows what it did. */
export class StripeUnclear extends Error {}

/**
 * How the library reaches Stripe. Its own client can't tell a request that was never written from one that was, bounds
 * only idle time, sends once more after a reset although retries are off, and takes a 5xx without an error object for
 * an answer. Here a request is sent once, in bounded time, and its end is known.
 */
export class StripeTransport implements HttpClient {
  readonly #dispatcher: Dispatcher;
  readonly #ownsDispatcher: boolean;

  /** @param basePath what stands before `/v1` in the API's address; empty at Stripe itself */
  constructor(
    private readonly basePath: string,
    dispatcher?: Dispatcher,
  ) {
    this.#ownsDispatcher = dispatcher === undefined;
    this.#dispatcher =
      dispatcher ??
      new Agent({
        // Without a bound of its own: the bulkhead has it, and calls that hang must leave questions and the feed theirs.
        connections: null,
        // One request at a time on a connection: a reset then breaks one call, not a row of them.
        pipelining: 1,
        keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
        connect: { timeout: CONNECT_TIMEOUT_MS },
      });
  }

  getClientName(): string {
    return 'tillstream';
  }

  /** @throws StripeNotSent, StripeUnclear; neither has a `code`, by which the library would send again. */
  async makeRequest(...request: Parameters<HttpClient['makeRequest']>): Promise<HttpResponse> {
    const [host, port, path, method, headers, body, protocol, timeoutMs] = request;
    if (method !== 'GET' && method !== 'POST') throw new StripeNotSent(`no method ${method}`);
    const result = await exchange(this.#dispatcher, {
      origin: `${protocol}://${host}:${port}`,
      path: this.basePath + path,
      method,
      headers: plainHeaders(headers),
      body: method === 'GET' ? null : body,
      timeoutMs,
      answerMaxBytes: ANSWER_MAX_BYTES,
    });
    switch (result.type) {
      case 'not_sent':
        throw new StripeNotSent(result.message);
      case 'broken':
        throw new StripeUnclear(result.message);
      case 'answered':
        return answered(result);
    }
  }

  /** Lets go of its connections; a dispatcher that was given stays open. */
  async close(): Promise<void> {
    if (this.#ownsDispatcher) await this.#dispatcher.destroy();
  }
}

/** The length is undici's to say. */
function plainHeaders(headers: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.toLowerCase() !== 'content-length')
      .map(([name, value]) => [name, String(value)]),
  );
}

type Answered = ExchangeResult & { readonly type: 'answered' };

function answered({ status, body: text, retryAfter }: Answered): HttpResponse {
  const body = readable(status, parseObject(text));
  if (body === null) throw new StripeUnclear(`status ${status} with another body`);
  return {
    getStatusCode: () => status,
    // The library puts them on its errors.
    getHeaders: () => (retryAfter === null ? {} : { [RETRY_AFTER]: retryAfter }),
    getRawResponse: () => ({ statusCode: status, headers: {} }),
    toStream: () => {
      throw new StripeUnclear('answers are not streamed');
    },
    toJSON: () => Promise.resolve(body),
  };
}

/** The answer as the library should see it: an object with success, an error with anything else; null: no word. */
function readable(status: number, body: object | null): object | null {
  if (status >= 200 && status < 300) return body !== null && !('error' in body) ? body : null;
  if (isError(body)) return body;
  // Who refuses without Stripe's words has refused all the same; but these two mean nothing without them.
  const clear = status > 400 && status < 500 && status !== 402;
  return clear ? { error: { type: 'invalid_request_error' } } : null;
}

function isError(body: object | null): boolean {
  return body !== null && 'error' in body && typeof body.error === 'object' && body.error !== null;
}

function parseObject(text: string): object | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : null;
  } catch {
    return null;
  }
}
