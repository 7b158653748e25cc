import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const READY_DEADLINE_MS = 40_000;
const READY_POLL_MS = 25;
const STOP_DEADLINE_MS = 15_000;
const LAST_WORDS_CHARACTERS = 2_000;

export interface ChildOptions {
  readonly name: string;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly arguments?: readonly string[];
  /** Of Node itself. */
  readonly nodeArguments?: readonly string[];
  /** Takes what it prints. */
  readonly logFile: string;
}

/** One server of a run. Its death before `stop` fails the run. */
export class Child {
  readonly #process: ChildProcess;
  readonly #failed: Promise<never>;
  #url: string | undefined;
  #stopping = false;

  constructor(readonly options: ChildOptions) {
    const log = openSync(options.logFile, 'a');
    this.#process = spawn(
      process.execPath,
      [...(options.nodeArguments ?? []), options.file, ...(options.arguments ?? [])],
      { env: options.env, stdio: ['ignore', log, log, 'ipc'] },
    );
    this.#process.on('message', (message: { url?: string }) => (this.#url = message.url));
    this.#failed = once(this.#process, 'exit').then(([code]) => {
      if (this.#stopping) return new Promise<never>(() => undefined);
      throw new Error(`${options.name} ended with ${code}. ${lastWords(options.logFile)}`);
    });
    this.#failed.catch(() => undefined);
  }

  get pid(): number {
    return this.#process.pid ?? 0; // a child that started has one
  }

  /** Where the child said that it listens, once it answers there. `path` is asked until it does. */
  async ready(path: string, url?: string): Promise<string> {
    return await Promise.race([this.#failed, this.#answers(path, url)]);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_DEADLINE_MS);
    await ended;
    clearTimeout(killer);
  }

  async #answers(path: string, given?: string): Promise<string> {
    const deadline = performance.now() + READY_DEADLINE_MS;
    while (performance.now() < deadline) {
      const url = given ?? this.#url;
      const answer = url === undefined ? null : await fetch(url + path).catch(() => null);
      if (url !== undefined && answer?.ok === true) return url;
      await answer?.body?.cancel();
      await pause(READY_POLL_MS);
    }
    throw new Error(`${this.options.name} is not ready. ${lastWords(this.options.logFile)}`);
  }
}

/** Runs a process to its end and gives what it sent. @throws Error when it fails or sends nothing */
export async function runToResult<Result>(
  file: string,
  input: unknown,
  onStart: (pid: number) => void = () => undefined,
): Promise<Result> {
  const child = spawn(process.execPath, [file, JSON.stringify(input)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  onStart(child.pid ?? 0);
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
