import type { Dispatcher } from 'undici';
import { crashPoint } from '../../platform/crash-points.js';

/** How one HTTP exchange ended. Nothing here throws. */
export type ExchangeResult =
  | {
      readonly type: 'answered';
      readonly status: number;
      readonly body: string;
      /** The header Retry-After as it came. */
      readonly retryAfter: string | null;
    }
  /** Surely no byte of the request left this machine. */
  | { readonly type: 'not_sent'; readonly message: string }
  /** Sent, at least in part; no whole answer came back. */
  | { readonly type: 'broken'; readonly message: string };

export interface ExchangeRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Bounds the whole exchange: waiting for a connection, the answer and its body. */
  readonly timeoutMs: number;
  /** A longer answer counts as broken. */
  readonly answerMaxBytes: number;
}

/**
 * One request, sent at most once. It speaks to undici's dispatcher itself, because only there one learns for sure
 * whether a request that failed had begun to be written.
 */
export function exchange(
  dispatcher: Dispatcher,
  request: ExchangeRequest,
): Promise<ExchangeResult> {
  return new Promise((resolve) => {
    const running = new RunningExchange(request, resolve);
    try {
      dispatcher.dispatch(
        {
          origin: request.origin,
          path: request.path,
          method: request.method,
          headers: { ...request.headers },
          body: request.body,
          // Our own timer bounds all of it.
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        running,
      );
    } catch (error) {
      running.onResponseError(null, error);
    }
  });
}

/**
 * For how long a 429 asks to be left alone, ready to be spread into the answer; nothing where it doesn't say. A date is
 * not read: it would compare clocks of two machines.
 */
export function heldOff(retryAfter: string | null): { readonly retryAfterMs?: number } {
  if (retryAfter === null || !/^[1-9]\d{0,8}$/.test(retryAfter)) return {};
  return { retryAfterMs: Number(retryAfter) * 1000 };
}

class RunningExchange implements Dispatcher.DispatchHandler {
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #lengthBytes = 0;
  #status = 0;
  #retryAfter: string | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  #done = false;

  constructor(
    private readonly request: ExchangeRequest,
    private readonly resolve: (result: ExchangeResult) => void,
  ) {
    this.#timer = setTimeout(() => {
      this.#fail(`no answer within ${request.timeoutMs} ms`);
    }, request.timeoutMs);
  }

  /** Called just before the first byte is written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while it waited for a connection, and told as not sent: a throw here keeps it from being written.
    if (this.#done) throw new Error('given up before it was sent');
    this.#controller = controller;
    // It is written in the same turn; dispatch() itself writes nothing yet, undici looks at an idle connection first.
    queueMicrotask(() => crashPoint('gateway-request-sent'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    { 'retry-after': retryAfter }: { readonly [name: string]: string | string[] | undefined },
  ): void {
    this.#status = status;
    this.#retryAfter = typeof retryAfter === 'string' ? retryAfter : null;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#lengthBytes += chunk.length;
    if (this.#lengthBytes > this.request.answerMaxBytes) {
      this.#fail(`the answer is longer than ${this.request.answerMaxBytes} bytes`);
      return;
    }
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = Buffer.concat(this.#chunks).toString('utf8');
    const retryAfter = this.#retryAfter;
    this.#finish({ type: 'answered', status: this.#status, body, retryAfter });
  }

  onResponseError(_controller: unknown, error: unknown): void {
    this.#fail(describe(error));
  }

  #fail(message: string): void {
    if (this.#done) return;
    const controller = this.#controller;
    this.#finish({ type: controller === null ? 'not_sent' : 'broken', message });
    controller?.abort(new Error(message));
  }

  #finish(result: ExchangeResult): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#timer);
    this.resolve(result);
  }
}

/** A driver's code where it has one: its message may hold an address. */
function describe(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'failed';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'name' in error && typeof error.name === 'string' ? error.name : 'failed';
}
