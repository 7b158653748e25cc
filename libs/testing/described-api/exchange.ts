import { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import type { DescribedOperation } from './description.js';
import type { Answer } from './judging.js';

/** A request to a described operation. */
export interface Sent {
  /** By the names of the path's parameters. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** As it goes out; undefined: none. */
  readonly body?: string | Buffer | undefined;
  /** The body goes out in pieces, and no length is said. */
  readonly inChunks?: boolean;
  /** null: without one. */
  readonly key: string | null;
}

const ANSWER_DEADLINE_MS = 30_000;

/** Sends requests and remembers what came back, for those who look for what must never be told. */
export class Exchange {
  readonly texts = new Set<string>();
  readonly #agent = new Agent({ connections: 16 });

  constructor(private readonly url: string) {}

  async send(operation: Pick<DescribedOperation, 'method' | 'path'>, sent: Sent): Promise<Answer> {
    const { query = {}, headers = {}, body = null, key } = sent;
    const search = new URLSearchParams(query).toString();
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) =>
      encodeURIComponent(sent.path?.[name] ?? ''),
    );
    const answer = await request(`${this.url}${path}${search === '' ? '' : `?${search}`}`, {
      method: operation.method,
      dispatcher: this.#agent,
      signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== null && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: sent.inChunks === true && body !== null ? Readable.from([body]) : body,
    });
    const text = await answer.body.text();
    this.texts.add(text);
    return { status: answer.statusCode, headers: answer.headers, text };
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }
}
