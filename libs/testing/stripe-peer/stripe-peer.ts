import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PeerBooks } from './books.js';
import { type Form, parseForm, text, values } from './form.js';
import { list } from './list.js';
import { type PeerIntent, shown } from './objects.js';
import { invalid, missing, StripePeerError } from './stripe-error.js';

/** What a request looked like when it arrived. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly form: Form;
}

/** How the next request to a path is met, instead of properly. */
export type Fault =
  | { readonly type: 'answer'; readonly status: number; readonly body: string }
  | { readonly type: 'reset' }
  | { readonly type: 'reset_after_effect' };

export interface StripePeer {
  readonly url: string;
  readonly books: PeerBooks;
  readonly requests: readonly SeenRequest[];
  /** Whether payments can be found by search: never at once, as at Stripe. */
  searchIsFresh: boolean;
  /** The next request whose path begins so fails in this way. */
  failNext(path: string, fault: Fault): void;
  close(): Promise<void>;
}

export const PEER_SECRET_KEY = 'sk_test_peer0123456789';

interface Stored {
  readonly content: string;
  /** Null while the first request is still worked on. */
  answer: { readonly status: number; readonly body: string } | null;
}

/** A stateful stand-in for Stripe's API on a loopback port: its shapes, its form encoding, its idempotency keys. */
export async function startStripePeer(): Promise<StripePeer> {
  const peer = new RunningPeer();
  await peer.listen();
  return peer;
}

class RunningPeer implements StripePeer {
  readonly books = new PeerBooks();
  readonly requests: SeenRequest[] = [];
  searchIsFresh = false;
  url = '';
  readonly #stored = new Map<string, Stored>();
  readonly #faults: { readonly path: string; readonly fault: Fault }[] = [];
  readonly #swallowed = new Set<string>();
  readonly #server = createServer((request, response) => {
    void this.#serve(request, response);
  });

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    // reason: a server that listens on a port has such an address
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  failNext(path: string, fault: Fault): void {
    this.#faults.push({ path, fault });
  }

  async close(): Promise<void> {
    this.books.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const url = new URL(request.url ?? '/', this.url);
    const method = request.method ?? 'GET';
    const form = parseForm(method === 'GET' ? url.search : body);
    const { pathname: path } = url;
    this.requests.push({ method, path, headers: request.headers, form });
    const fault = this.#takeFault(path);
    if (fault?.type === 'reset') return void request.socket.destroy();
    if (fault?.type === 'answer') return send(response, fault);
    if (this.#isSwallowed(request, form)) return;
    const answer = this.#answer(request, { path, form, body });
    const silent = text(form, 'payment_method') === 'pm_card_timeoutAfterEffect';
    if (fault?.type === 'reset_after_effect') return void request.socket.destroy();
    if (silent && !this.#swallowed.has(keyOf(request) ?? '')) {
      this.#swallowed.add(keyOf(request) ?? '');
      return;
    }
    send(response, answer);
  }

  /** The first time such a payment is asked for, the request is lost on its way. */
  #isSwallowed(request: IncomingMessage, form: Form): boolean {
    const key = keyOf(request);
    if (text(form, 'payment_method') !== 'pm_card_timeoutBeforeEffect' || key === null)
      return false;
    if (this.#swallowed.has(key)) return false;
    this.#swallowed.add(key);
    return true;
  }

  #takeFault(path: string): Fault | undefined {
    const index = this.#faults.findIndex((planned) => path.startsWith(planned.path));
    return index < 0 ? undefined : this.#faults.splice(index, 1)[0]?.fault;
  }

  #answer(
    request: IncomingMessage,
    what: { readonly path: string; readonly form: Form; readonly body: string },
  ): { readonly status: number; readonly body: string } {
    if (request.headers.authorization !== `Bearer ${PEER_SECRET_KEY}`) {
      return errorBody(new StripePeerError(401, { type: 'invalid_request_error' }));
    }
    const key = request.method === 'POST' ? keyOf(request) : null;
    if (key === null) return this.#perform(request.method ?? '', what);
    const content = `${what.path}?${what.body}`;
    const stored = this.#stored.get(key);
    if (stored?.answer) {
      if (stored.content === content) return stored.answer;
      return errorBody(new StripePeerError(400, { type: 'idempotency_error' }));
    }
    this.books.causedBy = key;
    const answer = this.#perform('POST', what);
    this.books.causedBy = null;
    this.#stored.set(key, { content, answer });
    return answer;
  }

  #perform(method: string, { path, form }: { readonly path: string; readonly form: Form }) {
    try {
      const expand = new Set(values(form, 'expand'));
      const told = this.#route(method, path, { form, expand });
      return { status: 200, body: JSON.stringify(told) };
    } catch (error) {
      if (error instanceof StripePeerError) return errorBody(error);
      throw error;
    }
  }

  #route(
    method: string,
    path: string,
    { form, expand }: { readonly form: Form; readonly expand: ReadonlySet<string> },
  ): unknown {
    const { books } = this;
    const [, version, resource, id = '', verb] = path.split('/');
    if (version !== 'v1') throw missing('path');
    const one = (intent: PeerIntent) => expanded(intent, expand.has('latest_charge'));
    switch (`${method} ${resource}${id === '' ? '' : '/:id'}${verb ? `/${verb}` : ''}`) {
      case 'POST payment_intents':
        return one(books.create(form, this.url));
      case 'POST payment_intents/:id/capture':
        return one(books.capture(id, form));
      case 'POST payment_intents/:id/cancel':
        return one(books.cancel(id, form));
      case 'POST payment_intents/:id/increment_authorization':
        return one(books.increment(id, form));
      case 'GET payment_intents/:id':
        return id === 'search' ? this.#search(form) : one(books.get(id));
      case 'GET payment_intents':
        return list(
          [...books.intents.values()].map(({ id: of }) => books.get(of)),
          form,
          (intent) => expanded(intent, expand.has('data.latest_charge')),
        );
      case 'POST refunds':
        return books.refund(form);
      case 'GET refunds': {
        const of = text(form, 'payment_intent');
        return list(
          books.refunds.filter((refund) => refund.payment_intent === of),
          form,
        );
      }
      case 'GET events': {
        const types = new Set(values(form, 'types'));
        if (types.size > 20) throw invalid(undefined, { param: 'types' });
        return list(
          books.events.filter(({ type }) => types.size === 0 || types.has(type)),
          form,
        );
      }
      case 'GET balance_transactions':
        return list(this.#transactionsOf(text(form, 'payout')), form);
    }
    throw missing('path');
  }

  #search(form: Form): unknown {
    const query = /^metadata\['(\w+)'\]:'([^']*)'$/.exec(text(form, 'query') ?? '');
    if (query === null) throw invalid(undefined, { param: 'query' });
    const [, name = '', value] = query;
    const found = [...this.books.intents.values()].filter(
      ({ metadata }) => this.searchIsFresh && metadata[name] === value,
    );
    const data = found.map((intent) => expanded(this.books.get(intent.id), true));
    return { object: 'search_result', data, has_more: false, next_page: null };
  }

  #transactionsOf(payout: string | null) {
    return this.books.payouts
      .filter(({ id }) => id === payout)
      .map(({ charge }) => {
        const of = charge.payment_intent;
        const source = { ...charge, payment_intent: of && shown(this.books.get(of)) };
        return { id: `txn_${charge.id}`, amount: charge.amount, type: 'charge', source };
      });
  }
}

function expanded(intent: PeerIntent, withCharge: boolean): unknown {
  return withCharge ? intent : shown(intent);
}

function errorBody({ status, error }: StripePeerError) {
  const message = 'In words of its own.';
  return { status, body: JSON.stringify({ error: { message, ...error } }) };
}

function keyOf(request: IncomingMessage): string | null {
  const key = request.headers['idempotency-key'];
  return typeof key === 'string' ? key : null;
}

function send(response: ServerResponse, answer: { status: number; body: string }): void {
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(answer.body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  // reason: a request without an encoding gives buffers
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
