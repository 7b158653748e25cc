import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { signal, type MortalProcess } from './mortal-process.js';

const POLL_MS = 50;
const PROBE_TIMEOUT_MS = 2_000;
/** As a supervisor does it. */
const RESTART_PAUSE_MS = 300;
const LAST_WORDS_CHARACTERS = 600;
const STOP_DEADLINE_MS = 20_000;

/** A process that ended though nobody asked it to. */
export interface OwnEnd {
  readonly name: string;
  readonly code: number | null;
  /** What it said last. */
  readonly words: string;
}

export interface NodeProcessOptions {
  readonly name: string;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** Answers 200 once it is ready. */
  readonly readyUrl: string;
  readonly logFile: string;
  /** Told of an end that nobody asked for. */
  readonly onEnd: (end: OwnEnd) => void;
}

/** One process of the house. When it ends by itself it is started again. */
export class NodeProcess implements MortalProcess {
  #child: ChildProcess | undefined;
  /** It is meant to be down. */
  #down = true;

  constructor(private readonly options: NodeProcessOptions) {}

  get name(): string {
    return this.options.name;
  }

  get isAlive(): boolean {
    return this.#child !== undefined && isRunning(this.#child);
  }

  start(): Promise<void> {
    this.#down = false;
    this.#launch();
    return Promise.resolve();
  }

  async kill(): Promise<void> {
    this.#down = true;
    await this.#end('SIGKILL');
  }

  stop(): void {
    signal(this.#child?.pid, 'SIGSTOP');
  }

  resume(): void {
    signal(this.#child?.pid, 'SIGCONT');
  }

  /** Ends it in order. @returns its exit code; null where it had to be killed */
  async close(): Promise<number | null> {
    this.#down = true;
    const killer = setTimeout(() => signal(this.#child?.pid, 'SIGKILL'), STOP_DEADLINE_MS);
    await this.#end('SIGTERM');
    clearTimeout(killer);
    return this.#child?.exitCode ?? null;
  }

  async isReady(): Promise<boolean> {
    const probe = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    const answer = await fetch(this.options.readyUrl, { signal: probe }).catch(() => null);
    await answer?.body?.cancel();
    return answer?.ok === true;
  }

  /** @throws Error when the deadline passes */
  async ready(deadlineMs: number): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!(await this.isReady())) {
      if (performance.now() > deadline) throw new Error(`${this.name} is not ready`);
      await pause(POLL_MS);
    }
  }

  #launch(): void {
    const { name, file, env, logFile, onEnd } = this.options;
    const log = openSync(logFile, 'a');
    const child = spawn(process.execPath, [file], {
      env: { ...env, TILLSTREAM_PARENT_PID: String(process.pid) },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.#child = child;
    child.once('exit', (code) => {
      if (this.#down || this.#child !== child) return;
      onEnd({ name, code, words: readFileSync(logFile, 'utf8').slice(-LAST_WORDS_CHARACTERS) });
      setTimeout(() => {
        if (!this.#down && this.#child === child) this.#launch();
      }, RESTART_PAUSE_MS);
    });
  }

  async #end(how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined || !isRunning(child)) return;
    const ended = once(child, 'exit');
    signal(child.pid, how);
    await ended;
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
