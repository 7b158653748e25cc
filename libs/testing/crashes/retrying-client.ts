import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

const RETRY_PAUSE_MS = 50;
const DEADLINE_MS = 60_000;
/** The first call still runs, or somebody else was at the payment: the same call again will do. */
const PASSING_CODES = new Set([
  'IDEMPOTENCY_KEY_IN_FLIGHT',
  'OPERATION_IN_PROGRESS',
  'CONCURRENT_UPDATE',
]);

export interface ClientAnswer {
  readonly status: number;
  /** The body's very bytes, as text. */
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>> & { readonly id: string };
}

interface Request {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Sent {
  readonly path: string;
  readonly body: object;
  readonly key: string;
}

/**
 * What a careful client does: sends a call again, under its key, until it is answered. Remembers every answer, so that
 * it can be asked for once more.
 */
export class RetryingClient {
  readonly #answered: { readonly sent: Sent; readonly answer: ClientAnswer }[] = [];
  constructor(
    private readonly url: string,
    private readonly apiKey: string,
  ) {}

  async post(path: string, body: object = {}): Promise<ClientAnswer> {
    const sent = { path, body, key: randomUUID() };
    const answer = await this.#send(sent);
    this.#answered.push({ sent, answer });
    return answer;
  }

  async put(path: string, body: object): Promise<ClientAnswer> {
    const headers = { 'content-type': 'application/json' };
    return await this.#untilAnswered(path, { method: 'PUT', headers, body: JSON.stringify(body) });
  }

  async delete(path: string): Promise<ClientAnswer> {
    return await this.#untilAnswered(path, { method: 'DELETE' });
  }

  async get(path: string): Promise<ClientAnswer> {
    return await this.#untilAnswered(path, { method: 'GET' });
  }

  /** Makes every POST once more; tells of answers that are not the first one's very bytes. */
  async repeatAll(): Promise<readonly string[]> {
    const differing: string[] = [];
    for (const { sent, answer } of this.#answered.splice(0)) {
      const again = await this.#send(sent);
      if (again.status === answer.status && again.text === answer.text) continue;
      differing.push(
        `${sent.path}: ${answer.status} ${answer.text}, ${again.status} ${again.text}`,
      );
    }
    return differing;
  }

  async #send({ path, body, key }: Sent): Promise<ClientAnswer> {
    return await this.#untilAnswered(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    });
  }

  async #untilAnswered(path: string, init: Request): Promise<ClientAnswer> {
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      const answer = await this.#once(path, init).catch((error: unknown) => String(error));
      if (typeof answer !== 'string' && !isPassing(answer)) return answer;
      if (performance.now() > deadline) {
        throw new Error(`no answer to ${path}: ${JSON.stringify(answer)}`);
      }
      await pause(RETRY_PAUSE_MS);
    }
  }

  async #once(path: string, init: Request): Promise<ClientAnswer> {
    const headers = { ...init.headers, authorization: `Bearer ${this.apiKey}` };
    const response = await fetch(this.url + path, { ...init, headers });
    const text = await response.text();
    // reason: a body of the API is a JSON object; those without id are not asked for one
    const body = JSON.parse(text === '' ? '{}' : text) as ClientAnswer['body'];
    return { status: response.status, text, body };
  }
}

function isPassing({ status, body }: ClientAnswer): boolean {
  if (status === 503 || status === 429) return true;
  return status === 409 && PASSING_CODES.has(String(body['code']));
}
