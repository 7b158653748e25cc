import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const READY_DEADLINE_MS = 40_000;
const READY_POLL_MS = 25;
const STOP_DEADLINE_MS = 15_000;
const LAST_WORDS_CHARACTERS = 2_000;

export interface ChildOptions {
  readonly name: string;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** Of Node itself. */
  readonly nodeArguments?: readonly string[];
  /** Takes what it prints. */
  readonly logFile: string;
  /** Of the run: aborted when it is over before its time, and by the death of this child before `stop`. */
  readonly ending: AbortController;
}

/** One server of a run, in a group of its own: Ctrl-C is meant for the bench, which stops its servers. */
export class Child {
  readonly #process: ChildProcess;
  #url: string | undefined;
  #stopping = false;

  constructor(readonly options: ChildOptions) {
    const log = openSync(options.logFile, 'a');
    this.#process = spawn(process.execPath, [...(options.nodeArguments ?? []), options.file], {
      env: options.env,
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
    });
    closeSync(log);
    this.#process.on('message', (message: { url?: string }) => (this.#url = message.url));
    const die = (how: string) => {
      if (this.#stopping) return;
      options.ending.abort(new Error(`${options.name} ${how}. ${lastWords(options.logFile)}`));
    };
    this.#process.on('error', ({ message }) => die(message));
    this.#process.on('exit', (code, signal) => die(`ended with ${code ?? signal}`));
  }

  get pid(): number {
    return this.#process.pid ?? 0; // a child that started has one
  }

  /** Where the child said that it listens, once it answers there. `path` is asked until it does. */
  async ready(path: string, given?: string): Promise<string> {
    const { signal } = this.options.ending;
    const deadline = performance.now() + READY_DEADLINE_MS;
    while (performance.now() < deadline) {
      signal.throwIfAborted();
      const url = given ?? this.#url;
      const answer = url === undefined ? null : await fetch(url + path).catch(() => null);
      if (url !== undefined && answer?.ok === true) return url;
      await answer?.body?.cancel();
      await pause(READY_POLL_MS);
    }
    throw new Error(`${this.options.name} is not ready. ${lastWords(this.options.logFile)}`);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const { pid, exitCode, signalCode } = this.#process;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_DEADLINE_MS);
    await ended;
    clearTimeout(killer);
  }
}

/**
 * Runs a process to its end and gives what it sent; `signal` ends it before.
 * @throws Error when it fails, is ended or sends nothing
 */
export async function runToResult<Result>(
  file: string,
  input: unknown,
  signal: AbortSignal,
): Promise<Result> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [file, JSON.stringify(input)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    signal,
    killSignal: 'SIGKILL',
  });
  const results: Result[] = [];
  child.on('message', (message) => results.push(message as Result)); // reason: our own file sends it
  const [code] = (await once(child, 'exit')) as [number | null];
  const [result] = results;
  if (code !== 0 || result === undefined) throw new Error(`${file} ended with ${code}`);
  return result;
}

function lastWords(logFile: string): string {
  return readFileSync(logFile, 'utf8').slice(-LAST_WORDS_CHARACTERS);
}
