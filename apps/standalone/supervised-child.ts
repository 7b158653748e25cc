import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { crashPoint } from '../../libs/platform/crash-points.js';
import type { Logger } from '../../libs/platform/logging.js';
import type { ManagementMessage } from '../../libs/platform/management-server.js';
import { NODE_ARGUMENTS } from '../../libs/platform/node-arguments.js';
import { identityOf, type ProcessIdentity } from '../../libs/platform/process-identity.js';
import { EXIT_CONFIG } from '../../libs/platform/run-process.js';
import type { ChildOutput } from './child-output.js';

/** Catching up after a long pause takes its time: whoever lives is waited for, and this often we say for what. */
const WAITING_NOTICE_MS = 10_000;
const READY_POLL_MS = 50;
const PROBE_TIMEOUT_MS = 3_000;
const WAITING_FOR_MAX_CHARACTERS = 500;
const RESTART_PAUSE_MS = 250;
const RESTART_PAUSE_MAX_MS = 10_000;
/** Whoever ran this long is well: the next restart comes quickly again. */
const WELL_AFTER_MS = 60_000;
/** A child that dies this often without ever having been ready won't be. */
const STARTS_BEFORE_READY_MAX = 5;
const KILL_AFTER_GRACE_MS = 1_000;

export interface ChildPlan {
  readonly name: string;
  /** The built file that Node runs. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where it answers /health/ready if it has no management server. */
  readonly ownUrl: string | undefined;
}

export interface ChildSurroundings {
  readonly logger: Logger;
  readonly output: ChildOutput;
  readonly graceMs: number;
  /** It was ready before, elsewhere: whatever it ends with, it is started again. */
  readonly cameUpBefore?: boolean;
  /** Called when a process began, or told where its management server is. */
  readonly onChange: () => void;
}

/** The child can't be brought up; what it said is on stderr already. */
export class ChildFailed extends Error {
  constructor(
    readonly childName: string,
    /** It refused its configuration. */
    readonly refused: boolean,
    reason: string,
  ) {
    super(`${childName} ${reason}`);
  }
}

/** One process that is kept running until it is stopped. */
export class SupervisedChild {
  #process: ChildProcess | undefined;
  #identity: ProcessIdentity | undefined;
  #managementUrl: string | undefined;
  #stopping = false;
  #wasReady: boolean;
  #starts = 0;
  #restartPauseMs = RESTART_PAUSE_MS;
  #failure: ChildFailed | undefined;
  /** What it said when it was asked last. */
  #waitingFor: string | undefined;

  constructor(
    readonly plan: ChildPlan,
    readonly surroundings: ChildSurroundings,
  ) {
    this.#wasReady = surroundings.cameUpBefore === true;
  }

  get identity(): ProcessIdentity | undefined {
    return this.#identity;
  }

  get managementUrl(): string | undefined {
    return this.#managementUrl;
  }

  start(): void {
    if (this.#stopping) return;
    const { plan, surroundings } = this;
    const startedAt = performance.now();
    this.#starts += 1;
    this.#managementUrl = undefined;
    let child: ChildProcess;
    try {
      child = spawnNode(plan);
    } catch (error) {
      this.#notBegun(error);
      return;
    }
    child.on('error', (error) => {
      if (child.pid === undefined) this.#notBegun(error); // else 'exit' tells what there is to tell
    });
    if (child.pid === undefined) return;
    this.#process = child;
    this.#identity = identityOf(child.pid);
    surroundings.output.carry(plan.name, child.stdout, child.stderr);
    child.on('message', (message) => this.#hear(message));
    child.on('exit', (code, signal) => this.#ended(code, signal, performance.now() - startedAt));
    crashPoint('child-started');
    surroundings.onChange();
  }

  /**
   * Resolves when the child answers that it is ready.
   * @throws ChildFailed
   */
  async ready(): Promise<void> {
    let noticeAt = performance.now() + WAITING_NOTICE_MS;
    while (!(await this.#answersReady())) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#stopping) throw new ChildFailed(this.plan.name, false, 'was stopped');
      if (performance.now() > noticeAt) {
        noticeAt += WAITING_NOTICE_MS;
        const waitingFor = this.#waitingFor ?? 'its first answer';
        this.surroundings.logger.warn({ child: this.plan.name, waitingFor }, 'not ready yet');
      }
      await pause(READY_POLL_MS);
    }
    this.#wasReady = true;
  }

  /** SIGTERM, and SIGKILL when the grace time is over. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((done) => child.once('exit', () => done()));
    const killer = setTimeout(
      () => child.kill('SIGKILL'),
      this.surroundings.graceMs + KILL_AFTER_GRACE_MS,
    );
    child.kill('SIGTERM');
    await ended;
    clearTimeout(killer);
  }

  #hear(message: unknown): void {
    if (!isManagementMessage(message)) return;
    this.#managementUrl = message.url;
    this.surroundings.onChange();
  }

  /** The system has no process, memory or file to give just now, or Node itself is being replaced: tried again. */
  #notBegun(error: unknown): void {
    this.surroundings.logger.error({ child: this.plan.name, err: error }, 'no process to be had');
    this.#ended(null, null, 0);
  }

  #ended(code: number | null, signal: string | null, ranMs: number): void {
    if (this.#stopping) return;
    const { logger } = this.surroundings;
    const { name } = this.plan;
    if (!this.#wasReady && (code === EXIT_CONFIG || this.#starts >= STARTS_BEFORE_READY_MAX)) {
      const reason = code === EXIT_CONFIG ? 'refused its configuration' : 'does not come up';
      this.#failure = new ChildFailed(name, code === EXIT_CONFIG, reason);
      return;
    }
    if (ranMs > WELL_AFTER_MS) this.#restartPauseMs = RESTART_PAUSE_MS;
    const restartInMs = this.#restartPauseMs;
    logger.warn({ child: name, code, signal, restartInMs }, 'a child ended; it is started again');
    this.#restartPauseMs = Math.min(restartInMs * 2, RESTART_PAUSE_MAX_MS);
    setTimeout(() => this.start(), restartInMs);
  }

  async #answersReady(): Promise<boolean> {
    const url = this.#managementUrl ?? this.plan.ownUrl;
    if (url === undefined) return false;
    try {
      const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
      const answer = await fetch(`${url}/health/ready`, { signal });
      this.#waitingFor = (await answer.text()).slice(0, WAITING_FOR_MAX_CHARACTERS);
      return answer.ok;
    } catch {
      return false;
    }
  }
}

function spawnNode(plan: ChildPlan): ChildProcess {
  return spawn(process.execPath, [...NODE_ARGUMENTS, plan.file], {
    env: plan.env,
    // A session of its own: a Ctrl-C in the terminal reaches the supervisor alone, which stops children in order.
    detached: true,
    // The channel tells the child of our death, even of a kill -9: it then ends itself.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

function isManagementMessage(message: unknown): message is ManagementMessage {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    message.type === 'management' &&
    'url' in message &&
    typeof message.url === 'string'
  );
}
