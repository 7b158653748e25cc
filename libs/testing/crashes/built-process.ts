import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';

export const DIST = resolve(import.meta.dirname, '../../../dist');
const LAST_WORDS_CHARACTERS = 4_000;
const DEADLINE_MS = 120_000;

export interface ProcessPlan {
  /** Below dist/, or a whole path. */
  readonly file: string;
  readonly arguments?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A process of the built product, as an operator would start it. */
export class BuiltProcess {
  readonly #child: ChildProcess;
  readonly #file: string;
  readonly #ended: Promise<void>;
  readonly #silent: Promise<void>;
  #said = '';
  #listening = false;

  constructor(plan: ProcessPlan) {
    this.#file = plan.file;
    const path = process.env['PATH'] ?? '';
    this.#child = spawn(process.execPath, [resolve(DIST, plan.file), ...(plan.arguments ?? [])], {
      env: { PATH: path, ...plan.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const keep = (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-LAST_WORDS_CHARACTERS);
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    // Management servers tell their parent where they listen: by then the start is over.
    this.#child.on('message', () => (this.#listening = true));
    this.#ended = once(this.#child, 'exit').then(() => undefined);
    this.#silent = once(this.#child, 'close').then(() => undefined);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The end of what it printed. */
  get said(): string {
    return this.#said;
  }

  /** Resolves when it has started; one that dies before is no failure here. */
  async started(): Promise<void> {
    while (!this.#listening && this.isRunning) {
      await this.#within(Promise.race([once(this.#child, 'message'), this.#ended]), 'to start');
    }
  }

  /** Resolves when it ended; gives the signal that killed it, or its exit code. */
  async ended(): Promise<NodeJS.Signals | number | null> {
    await this.#within(this.#ended, 'to end');
    return this.#child.signalCode ?? this.#child.exitCode;
  }

  /** As `ended`, and all that it printed is in `said`. Not for one whose children print with it and outlive it. */
  async heardOut(): Promise<NodeJS.Signals | number | null> {
    await this.#within(this.#silent, 'to print its last');
    return await this.ended();
  }

  /** An orderly stop. */
  async stop(): Promise<void> {
    if (this.isRunning) this.#child.kill('SIGTERM');
    await this.ended();
  }

  async kill(): Promise<void> {
    if (this.isRunning) this.#child.kill('SIGKILL');
    await this.ended();
  }

  async #within(happening: Promise<unknown>, what: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`waited in vain for ${this.#file} ${what}. It said: ${this.#said}`));
      }, DEADLINE_MS);
    });
    try {
      await Promise.race([happening, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The built entry of a process. */
export function entryOf(app: string): string {
  return join('apps', app, 'main.js');
}
