import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';

/** What a client wants once, however often it is sent. */
export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** As it was sent. */
  readonly body: string | null;
  /** Null: nothing is changed by it. */
  readonly key: string | null;
  /** Hash of the key in its scope, as events have it. */
  readonly keyHash: string | null;
  /** The payment's stream, where the call is about one. */
  readonly stream: string | null;
  /** Name of the API key. */
  readonly who: string;
}

export interface Invocation {
  readonly type: 'invoke';
  /** One number an invocation, copies too. */
  readonly op: number;
  readonly atMs: number;
  readonly client: string;
  readonly node: string;
  readonly call: Call;
}

/** `ok`: 2xx; `fail`: refused for certain; `info`: it may have happened or not. */
export interface Outcome {
  readonly type: 'ok' | 'fail' | 'info';
  readonly op: number;
  readonly atMs: number;
  /** Null: there was no answer. */
  readonly status: number | null;
  readonly body: string | null;
  /** Of the payment, where the answer tells it: a refusal that is recorded does, too. */
  readonly revision: number | null;
  readonly replayed: boolean;
  /** Why there was no answer. */
  readonly fault: string | null;
}

export type HistoryLine = Invocation | Outcome;

/** What clients saw, in the order in which they saw it; each line is in the file too. */
export class History {
  readonly lines: HistoryLine[] = [];
  readonly #file: WriteStream;
  readonly #beganAt = performance.now();
  #operations = 0;
  #answers = 0;

  constructor(path: string) {
    this.#file = createWriteStream(path);
  }

  get operations(): number {
    return this.#operations;
  }

  /** How many of them got an answer that says for certain what happened. */
  get answers(): number {
    return this.#answers;
  }

  invoke(given: Omit<Invocation, 'type' | 'op' | 'atMs'>): number {
    const op = ++this.#operations;
    this.#add({ type: 'invoke', op, atMs: this.#now(), ...given });
    return op;
  }

  complete(outcome: Omit<Outcome, 'atMs'>): void {
    if (outcome.type !== 'info') this.#answers += 1;
    this.#add({ ...outcome, atMs: this.#now() });
  }

  async close(): Promise<void> {
    this.#file.end();
    await once(this.#file, 'finish');
  }

  #add(line: HistoryLine): void {
    this.lines.push(line);
    this.#file.write(`${JSON.stringify(line)}\n`);
  }

  #now(): number {
    return Math.round(performance.now() - this.#beganAt);
  }
}
