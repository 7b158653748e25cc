import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { signal, type MortalProcess } from './mortal-process.js';

/** Whether this machine has the program. */
export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** A Redis that forgets everything when it dies: locks have to bear that. */
export class MortalRedis implements MortalProcess {
  readonly name = 'redis';
  #child: ChildProcess | undefined;

  constructor(readonly port: number) {}

  get isAlive(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  start(): Promise<void> {
    const memoryOnly = ['--save', '', '--appendonly', 'no'];
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', ...memoryOnly];
    this.#child = spawn('redis-server', args, { stdio: 'ignore' });
    return Promise.resolve();
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.isAlive) return;
    const ended = once(child, 'exit');
    signal(child.pid, 'SIGKILL');
    await ended;
  }

  stop(): void {
    signal(this.#child?.pid, 'SIGSTOP');
  }

  resume(): void {
    signal(this.#child?.pid, 'SIGCONT');
  }
}
