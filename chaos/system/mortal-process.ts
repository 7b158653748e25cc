/** Something that can be killed, stopped and started again. */
export interface MortalProcess {
  readonly name: string;
  readonly isAlive: boolean;
  start(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP. */
  stop(): void;
  /** SIGCONT. */
  resume(): void;
}

/** Signals what is there; what ended meanwhile is left alone. */
export function signal(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, name);
  } catch {
    // ended meanwhile
  }
}
