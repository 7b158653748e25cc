import { z } from 'zod';
import {
  ConfigError,
  crashAtVariable,
  intVariable,
  loadConfig,
  processVariables,
  type Environment,
} from './config.js';
import { armCrashPoint } from './crash-points.js';
import { createLogger, type Logger } from './logging.js';

/** sysexits.h EX_CONFIG: a supervisor that sees it knows that a restart won't help. */
export const EXIT_CONFIG = 78;
const EXIT_FAILURE = 1;
const PID_MAX = 2 ** 31 - 1;
/** A process whose parent died makes room quickly: the next start wants its port. */
const ORPHAN_GRACE_MS = 2_000;
const PARENT_CHECK_INTERVAL_MS = 500;

export interface ProcessContext {
  readonly env: Environment;
  /** Aborted when the process is asked to stop, also while it still starts. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

export interface RunningProcess {
  /** Stops taking work, finishes what is in hand, lets go of connections. */
  close(): Promise<void>;
  /** For one that needs longer than `SHUTDOWN_GRACE_MS`, because it stops others first. */
  readonly closeMaxMs?: number;
  /** Work that goes on after the start; the process ends when it rejects. */
  readonly working?: Promise<void>;
}

const schema = z.object({
  ...processVariables,
  /** Set by whoever starts this process and wants it to end with itself. */
  TILLSTREAM_PARENT_PID: intVariable({ min: 1, max: PID_MAX }).optional(),
  CRASH_AT: crashAtVariable().optional(),
});

/**
 * The life of a process: starts it, and ends it on SIGTERM, SIGINT, SIGHUP or the death of its parent. Exit codes: 0 after an
 * orderly stop, 78 after a ConfigError (its sentences on stderr), 1 after anything that nobody caught or a stop that
 * took longer than `SHUTDOWN_GRACE_MS`.
 */
export async function runProcess(
  name: string,
  start: (context: ProcessContext) => Promise<RunningProcess>,
  env: Environment,
): Promise<void> {
  let logger: Logger | undefined;
  try {
    const config = loadConfig(schema, env);
    logger = createLogger(name, { level: config.LOG_LEVEL });
    armCrashPoint(config.CRASH_AT);
    if (config.CRASH_AT !== undefined) logger.warn(config.CRASH_AT, 'will kill itself there');
    const life = new Life(logger, config.SHUTDOWN_GRACE_MS);
    life.watch(config.TILLSTREAM_PARENT_PID);
    await life.run(() => start({ env, signal: life.signal, logger: life.logger }));
  } catch (error) {
    endWith(error, logger);
  }
}

class Life {
  readonly #ending = new AbortController();
  #running: RunningProcess | undefined;
  #closing = false;

  constructor(
    readonly logger: Logger,
    readonly graceMs: number,
  ) {}

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  watch(parentPid: number | undefined): void {
    process.on('SIGTERM', () => this.#end('SIGTERM', this.graceMs));
    process.on('SIGINT', () => this.#end('SIGINT', this.graceMs));
    // The terminal was closed. Node takes back what nohup asked for, so that this signal always comes.
    process.on('SIGHUP', () => this.#end('SIGHUP', this.graceMs));
    process.on('uncaughtException', (error) => endWith(error, this.logger));
    process.on('unhandledRejection', (error) => endWith(error, this.logger));
    // Once the parent is gone nobody reads our output; that must not count as a fault of ours.
    process.stdout.on('error', () => undefined);
    process.stderr.on('error', () => undefined);
    const orphaned = () => this.#end('parent died', Math.min(ORPHAN_GRACE_MS, this.graceMs));
    if (process.send !== undefined) process.on('disconnect', orphaned);
    if (parentPid !== undefined) {
      setInterval(() => {
        if (process.ppid !== parentPid) orphaned();
      }, PARENT_CHECK_INTERVAL_MS).unref();
    }
  }

  async run(start: () => Promise<RunningProcess>): Promise<void> {
    try {
      this.#running = await start();
    } catch (error) {
      if (!this.signal.aborted) throw error;
      process.exit(0); // asked to stop while starting: whatever failed then failed because of it
    }
    this.#running.working?.catch((error: unknown) => {
      if (!this.signal.aborted) endWith(error, this.logger);
    });
    if (this.signal.aborted) await this.#close();
  }

  /** Asked again it changes nothing: npm passes on a Ctrl-C that the terminal has sent us already. */
  #end(reason: string, usualMs: number): void {
    if (this.signal.aborted) return;
    this.logger.info({ reason }, 'stopping');
    const graceMs = this.#running?.closeMaxMs ?? usualMs;
    setTimeout(() => {
      this.logger.error({ graceMs }, 'could not stop in time');
      process.exit(EXIT_FAILURE);
    }, graceMs).unref();
    this.#ending.abort();
    void this.#close();
  }

  async #close(): Promise<void> {
    if (this.#running === undefined || this.#closing) return;
    this.#closing = true;
    try {
      await this.#running.close();
    } catch (error) {
      endWith(error, this.logger);
    }
    process.exit(0);
  }
}

function endWith(error: unknown, logger: Logger | undefined): never {
  if (error instanceof ConfigError) {
    for (const fault of error.faults) process.stderr.write(`${fault}\n`);
    process.exit(EXIT_CONFIG);
  }
  if (logger === undefined) process.stderr.write(`${String(error)}\n`);
  else logger.fatal({ err: error }, 'ended by an error that nobody caught');
  process.exit(EXIT_FAILURE);
}
