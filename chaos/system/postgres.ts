import { readFileSync } from 'node:fs';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../libs/platform/embedded-postgres.js';
import { signal, type MortalProcess } from './mortal-process.js';

/** The database, on one port for as long as that can be had. */
export class MortalPostgres implements MortalProcess {
  readonly name = 'postgres';
  #alive = true;
  #stopped: readonly number[] = [];

  private constructor(
    private readonly dataDir: string,
    private server: EmbeddedPostgres,
  ) {}

  static async begin(dataDir: string): Promise<MortalPostgres> {
    return new MortalPostgres(dataDir, await startEmbeddedPostgres({ dataDir }));
  }

  get databaseUrl(): string {
    return this.server.databaseUrl.reveal();
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  async start(): Promise<void> {
    const { port } = this.server;
    this.server = await startEmbeddedPostgres({ dataDir: this.dataDir, port });
    if (this.server.port !== port) throw new Error(`port ${port} of Postgres was taken`);
    this.#alive = true;
  }

  /** The postmaster; its children end by themselves when they see that. */
  async kill(): Promise<void> {
    this.resume();
    this.#alive = false;
    signal(this.server.pid, 'SIGKILL');
    await this.server.ended;
  }

  /** @returns whether there was one */
  killBackend(nth: number): boolean {
    const backends = childrenOf(this.server.pid).filter(servesUs);
    const pid = backends[nth % Math.max(1, backends.length)];
    signal(pid, 'SIGKILL');
    return pid !== undefined;
  }

  stop(): void {
    this.#stopped = [this.server.pid, ...childrenOf(this.server.pid)];
    for (const pid of this.#stopped) signal(pid, 'SIGSTOP');
  }

  resume(): void {
    for (const pid of this.#stopped) signal(pid, 'SIGCONT');
    this.#stopped = [];
  }

  async close(): Promise<void> {
    this.resume();
    this.#alive = false;
    await this.server.stop();
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return []; // it is gone, or this is no Linux
  }
}

/** A connection's own process, not one of the server's helpers. */
function servesUs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('tillstream tillstream');
  } catch {
    return false;
  }
}
